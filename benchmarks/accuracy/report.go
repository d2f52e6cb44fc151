package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/benchmarks/internal/outcome"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

// reportFlags are what the user can set of a report.
type reportFlags struct {
	folders          []string
	peers, out       string
	date, release    string
	parallel, origin int
}

func reportCommand() *cobra.Command {
	o := reportFlags{out: "benchmarks/results", parallel: runtime.GOMAXPROCS(0)}
	cmd := &cobra.Command{
		Use:   "report [--peers OUT]",
		Short: "Forecast every origin, score everybody, and write ACCURACY.md, accuracy.csv and plots",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.folders, "traces", nil, "folders with traces; ../shared/traces and its kpi/ if empty and there, else the bundled ones")
	f.StringVar(&o.peers, "peers", "", "folder with PEER.csv.gz and PEER.json; none if empty")
	f.StringVar(&o.out, "out", o.out, "folder to write to")
	f.StringVar(&o.date, "date", "", "of the report; today if empty")
	f.StringVar(&o.release, "release", "", "version of Highwater, for the report")
	f.IntVar(&o.parallel, "parallel", o.parallel, "series forecast at once")
	f.IntVar(&o.origin, "max-origins", 0, "at most so many origins of each series; 0 for all")
	return cmd
}

// A report is all that is written down.
type report struct {
	date, release, machine, from string
	protocol                     backtest.Protocol
	tasks                        []*backtest.Task
	own                          *own
	methods                      []*method
}

func (o *reportFlags) run(ctx context.Context, out, log io.Writer) error {
	p := backtest.Default()
	p.MaxOrigins = o.origin
	tasks, from, err := loadTasks(p, o.folders)
	if err != nil {
		return err
	}
	r := report{date: o.date, release: o.release, machine: outcome.Machine(), from: from, protocol: p, tasks: tasks}
	if r.date == "" {
		r.date = time.Now().UTC().Format("2006-01-02")
	}
	if r.own, err = runOwn(ctx, tasks, o.parallel, log); err != nil {
		return err
	}
	if r.methods, err = methods(tasks, r.own, o.peers, o.release, log); err != nil {
		return err
	}
	if len(r.methods) == 3 {
		fmt.Fprintln(log, "no peers: only Highwater and the naive forecasts are compared")
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	if err := r.draw(o.out); err != nil {
		return err
	}
	if err := outcome.Write(filepath.Join(o.out, "accuracy.csv"), r.csv); err != nil {
		return err
	}
	text := r.markdown()
	if err := outcome.Write(filepath.Join(o.out, "ACCURACY.md"), func(w *bufio.Writer) { _, _ = w.WriteString(text) }); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, r.short())
	return err
}

// csv writes one row for each series and method.
func (r *report) csv(w *bufio.Writer) {
	fmt.Fprint(w, "series,method,origins,targets,ratio_30m,ratio_3h,ratio_24h,ours_30m,ours_3h,ours_24h")
	for _, tau := range r.protocol.Taus {
		fmt.Fprintf(w, ",coverage_%s", plain(tau))
	}
	fmt.Fprintln(w, ",peak_coverage_0.95,peak_ratio_0.95,mase")
	for _, m := range r.methods {
		for i := range m.scores {
			s := &m.scores[i]
			fmt.Fprintf(w, "%s,%s,%d,%d", s.Series, m.name, s.Origins, s.Total())
			for _, b := range backtest.Bins {
				fmt.Fprint(w, ",", field(s.Ratio(&m.base[i], b)))
			}
			for _, b := range backtest.Bins {
				fmt.Fprint(w, ",", field(m.ours[i].Ratio(&m.base[i], b)))
			}
			for _, tau := range s.Taus {
				fmt.Fprint(w, ",", field(s.Coverage(tau)))
			}
			fmt.Fprintln(w, ","+field(s.PeakCoverage(0.95))+","+field(s.PeakRatio(&m.base[i], 0.95))+","+field(s.MASE()))
		}
	}
}

// short is the outcome in a few lines, for a terminal.
func (r *report) short() string {
	var b strings.Builder
	for _, m := range r.methods {
		fmt.Fprintf(&b, "%-20s %s  %s  %s   cover .95 %s\n", m.name, number(m.sum.Ratio[0]), number(m.sum.Ratio[1]), number(m.sum.Ratio[2]),
			number(m.sum.Coverage[index(m.sum.Taus, 0.95)]))
	}
	return b.String()
}
