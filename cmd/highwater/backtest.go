package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
	"github.com/highwater-dev/highwater/forecast/backtest/report"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/internal/atomicfile"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/progress"
)

// backtestFlags are what the user can set of a backtest.
type backtestFlags struct {
	protocol                                   backtest.Protocol
	context, horizon, step, minHistory, window model.Duration
	forecasts, output, file                    string
	calendar                                   calendarFlags
	files                                      fileFlags
	spec                                       calendar.Spec
}

func backtestCommand() *cobra.Command {
	p := backtest.Default()
	o := backtestFlags{
		protocol: p, context: model.Duration(p.Context), horizon: model.Duration(p.Horizon), step: model.Duration(p.Step),
		minHistory: model.Duration(p.MinHistory), window: model.Duration(p.Window), output: "table",
	}
	cmd := &cobra.Command{
		Use:   "backtest FILE…",
		Short: "Measure forecasts on histories that you have: rolling origins over files",
		Long: "Forecasts each file again and again, each time from what was known by then, and scores what came after. Each\n" +
			"column of a file with several is a series of its own.\n" +
			fileHelp +
			"Losses are relative to those of the seasonal naive forecast (yesterday's value): below 1 is better than it.\n" +
			"docs/backtest.md tells how to read the table.",
		Example: "  highwater backtest web.csv\n  highwater backtest --horizon 6h --forecasts out.csv.gz -o json traces/*.csv.gz",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.resolve(); err != nil {
				return err
			}
			return o.run(cmd.Context(), args, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.Var(config.Duration(&o.context), "context", "history that a forecast may use")
	f.Var(config.Duration(&o.horizon), "horizon", "of each forecast; every step of it is scored")
	f.Var(config.Duration(&o.step), "step", "the history is averaged to this; to its own step if that is longer")
	f.Var(config.Duration(&o.minHistory), "min-history", "least history before the first origin")
	f.Var(config.Duration(&o.window), "window", "whose largest load is scored too")
	f.IntVar(&o.protocol.Stride, "stride", p.Stride, "steps from one origin to the next")
	f.Float64Var(&o.protocol.Start, "start", p.Start, "share of the history before the first origin")
	f.IntVar(&o.protocol.MaxOrigins, "max-origins", p.MaxOrigins, "at most so many origins for each file, evenly chosen; 0 for all")
	f.Var((*quantilesValue)(&o.protocol.Taus), "quantiles", "of the load, ascending")
	f.StringVar(&o.forecasts, "forecasts", "", "file to write the forecasts to: series,origin,time,quantile,value; compressed if it ends in .gz")
	f.StringVarP(&o.output, "output", "o", o.output, "table or json")
	bindOut(f, &o.file)
	o.calendar.bind(f)
	o.files.bind(f)
	return cmd
}

// resolve makes the protocol of the flags; the error names every problem.
func (o *backtestFlags) resolve() error {
	if o.output != "table" && o.output != "json" {
		return fmt.Errorf("--output %q: neither table nor json", o.output)
	}
	if err := checkAnswer(o.file); err != nil {
		return err
	}
	p := &o.protocol
	p.Context, p.Horizon, p.Step = time.Duration(o.context), time.Duration(o.horizon), time.Duration(o.step)
	p.MinHistory, p.Window = time.Duration(o.minHistory), time.Duration(o.window)
	if err := p.Validate(); err != nil {
		return err
	}
	var err error
	o.spec, err = o.calendar.spec()
	return err
}

// run backtests all files, as many at a time as there are processors. A file
// that cannot be used is reported and fails the command; the others go on.
func (o *backtestFlags) run(ctx context.Context, files []string, in io.Reader, out, errOut io.Writer) error {
	loads, err := o.load(ctx, files, in, errOut)
	if err != nil {
		return err
	}
	sink, err := atomicfile.Create(o.forecasts)
	if err != nil {
		return fmt.Errorf("--forecasts: %w", err)
	}
	defer sink.Discard()
	if o.forecasts != "" {
		fmt.Fprintln(sink, backtest.Header)
	}
	bar := progress.NewBacktest(errOut, len(loads))
	result := report.Report{Protocol: o.protocol, Series: make([]report.Series, len(loads))}
	forecasts := make([]*backtest.Forecasts, len(loads))
	done := make([]chan struct{}, len(loads))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0) + 1) // one of them writes
	for i := range done {
		done[i] = make(chan struct{})
	}
	g.Go(func() error { // in the order of the files
		for i := range result.Series {
			select {
			case <-done[i]:
			case <-gctx.Done():
				return gctx.Err()
			}
			if t := &result.Series[i]; t.Err == nil && o.forecasts != "" {
				if err := t.Task.Write(sink, forecasts[i]); err != nil {
					return fmt.Errorf("--forecasts: %w", err)
				}
			}
			forecasts[i] = nil
		}
		return nil
	})
	for i, l := range loads {
		g.Go(func() error {
			defer close(done[i])
			result.Series[i], forecasts[i] = o.test(gctx, l, bar)
			bar.File()
			return gctx.Err()
		})
	}
	err = g.Wait()
	bar.Clear()
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := sink.Commit(); err != nil {
		return fmt.Errorf("--forecasts: %w", err)
	}
	err = writeAnswer(out, o.file, func(w io.Writer) error { return result.Write(w, o.output == "json") })
	return errors.Join(result.Failed(), err)
}

// interrupted says plainly that the user ended it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted; nothing was written")
	}
	return err
}

// A source is one load to test, or why a file holds none.
type source struct {
	fileLoad
	file string
	err  error
}

// load reads all files, and tells what was assumed of each. Two loads of one name
// are an error.
func (o *backtestFlags) load(ctx context.Context, list []string, in io.Reader, errOut io.Writer) ([]source, error) {
	var loads []source
	seen := map[string]string{}
	for _, file := range list {
		if err := ctx.Err(); err != nil {
			return nil, interrupted(ctx, err)
		}
		f, err := o.files.open(file, in, zoneOf(o.spec))
		if err != nil || len(f.Loads) == 0 {
			f.Loads = make([]files.Load, 1) // stands for the file
		}
		notes := f.Notes
		for _, x := range f.Loads {
			s := source{file: file}
			s.fileLoad, s.err = o.files.lay(file, x, len(f.Loads))
			if err != nil {
				s.err = err
			}
			if other, ok := seen[s.name]; ok {
				return nil, fmt.Errorf("%s and %s: both would be series %q; rename one", other, file, s.name)
			}
			seen[s.name] = file
			loads = append(loads, s)
			if n := files.QualityNote(s.quality); n != "" && s.err == nil {
				if len(f.Loads) > 1 {
					n = fmt.Sprintf("%q: %s", s.name, n)
				}
				notes = append(notes, n)
			}
		}
		tellNotes(errOut, files.NotesOf(file, notes))
	}
	return loads, nil
}

// test backtests one load.
func (o *backtestFlags) test(ctx context.Context, l source, bar *progress.Backtest) (t report.Series, forecasts *backtest.Forecasts) {
	t = report.Series{File: l.file, Err: l.err}
	if t.Err == nil {
		t.Err = ctx.Err()
	}
	if t.Err != nil {
		return t, nil
	}
	var err error
	if t.Task, err = o.protocol.Task(l.name, l.series); err != nil {
		t.Err = fmt.Errorf("%s: %w", l.file, err)
		return t, nil
	}
	bar.Expect(len(t.Task.Origins))
	var took []time.Duration
	tick := func(int, int) error { bar.Origin(); return ctx.Err() }
	forecasts, err = t.Task.Run(backtest.MethodModel, timed(o.protocol.Model(build(o.spec, t.Task.Series, o.protocol.Horizon)), &took), tick)
	var naive *backtest.Forecasts
	if err == nil {
		naive, err = t.Task.Run(backtest.MethodNaiveDay, o.protocol.NaiveDay(), func(int, int) error { return ctx.Err() })
	}
	if err != nil {
		t.Err = err
		return t, nil
	}
	t.Failed, t.Took = forecasts.Failed, report.Median(took)
	t.Score, t.Base = t.Task.Score(forecasts, naive), t.Task.Score(naive, forecasts)
	return t, forecasts
}

// timed makes f note how long each of its calls takes.
func timed(f backtest.Forecaster, took *[]time.Duration) backtest.Forecaster {
	return func(history forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		began := time.Now()
		defer func() { *took = append(*took, time.Since(began)) }()
		return f(history)
	}
}
