package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// readers bounds the workloads that are read at once.
const readers = 8

// fromFiles makes the fleet of --workloads, --csv and --tsdb. The plan begins
// where the newest of the files ends.
func (o *planFlags) fromFiles(ctx context.Context, args []string, until time.Time, tell *planProgress) (fleet, error) {
	var f fleet
	list, args, err := o.described(args, &f.assumed)
	if err != nil {
		return f, err
	}
	if f.limits, err = list.Limits.limits(); err != nil {
		return f, fmt.Errorf("%s: %w", o.workloads, err)
	}
	var entries []planWorkload
	if f.workloads, entries, err = o.undescribed(list, args); err != nil {
		return f, err
	}
	var source *planSource
	if slices.ContainsFunc(entries, func(w planWorkload) bool { return w.CSV == "" }) {
		if source, err = o.source(until); err != nil {
			return f, err
		}
		defer source.close()
	}
	tell.begin("read", len(entries))
	notes := make([][]string, len(entries))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i, e := range entries {
		g.Go(func() error {
			defer tell.done()
			w := &f.workloads[i]
			if e.CSV != "" {
				s, told, err := o.readLoad(e)
				w.Loads, notes[i] = []forecast.Series{s}, told
				return err
			}
			return source.read(gctx, w, []history.Query{{Expr: e.Query}})
		})
	}
	err = g.Wait()
	for _, n := range notes {
		f.assumed = append(f.assumed, n...)
	}
	if err != nil {
		return f, err
	}
	for _, w := range f.workloads {
		for _, l := range w.Loads {
			if end := l.End().Add(l.Step); l.Len() > 0 && end.After(f.from) {
				f.from = end
			}
		}
	}
	if f.from.IsZero() {
		return f, errors.New("none of the workloads has a known load: say with --from when the plan begins, or check the queries and files")
	}
	return f, nil
}

// described reads --workloads and adds the loads of the files of --csv. Arguments
// that are files belong to them; the rest is returned. What was assumed of the
// files is added to notes.
func (o *planFlags) described(args []string, notes *[]string) (planFile, []string, error) {
	var list planFile
	if o.workloads != "" {
		var err error
		if list, err = readPlanFile(o.workloads); err != nil {
			return list, nil, err
		}
	}
	paths, names := slices.Clone(o.csv), []string{}
	for _, a := range args {
		if _, err := os.Stat(a); err == nil && len(o.csv) > 0 {
			paths = append(paths, a)
			continue
		}
		names = append(names, a)
	}
	for _, file := range paths {
		read, err := o.files.open(file, nil, zoneOf(o.config.Defaults.Calendar))
		if err != nil {
			return list, nil, err
		}
		*notes = append(*notes, of(file, read.Notes)...)
		if len(read.Loads) == 0 {
			read.Loads = make([]files.Load, 1)
		}
		for k := range read.Loads {
			load := &read.Loads[k]
			name := workloadName(o.files.name(file, *load, len(read.Loads)))
			i := slices.IndexFunc(list.Workloads, func(w planWorkload) bool {
				return w.CSV == "" && w.Query == "" && (w.Name == name || strings.HasSuffix(w.Name, "/"+name))
			})
			if i < 0 {
				i = len(list.Workloads)
				list.Workloads = append(list.Workloads, planWorkload{Name: name})
			}
			list.Workloads[i].CSV, list.Workloads[i].read = file, load
		}
	}
	return list, names, nil
}

// undescribed makes the workloads of a list that are chosen, without their loads.
func (o *planFlags) undescribed(list planFile, args []string) ([]planning.Workload, []planWorkload, error) {
	var (
		errs      []error
		workloads []planning.Workload
		entries   []planWorkload
		seen      = map[string]bool{}
	)
	policy := o.config.policy()
	defaults := list.Defaults.over(o.defaults)
	if defaults.Calendar == nil && !o.config.Defaults.Calendar.IsZero() {
		defaults.Calendar = &o.config.Defaults.Calendar
	}
	for i, e := range list.Workloads {
		field := fmt.Sprintf("%s: workloads[%d].", o.workloads, i)
		if o.workloads == "" {
			field = e.CSV + ": "
		}
		w, err := e.over(defaults).workload(field, policy)
		switch {
		case err != nil:
			errs = append(errs, err)
		case seen[w.Key()]:
			errs = append(errs, fmt.Errorf("%sname: %q is there twice", field, w.Key()))
		case (e.Query == "") == (e.CSV == ""):
			errs = append(errs, fmt.Errorf("%squery: %q: give either query or csv", field, e.Query))
		case chosen(args, w.Namespace, w.Name):
			workloads, entries = append(workloads, w), append(entries, e)
		}
		seen[w.Key()] = true
	}
	if len(errs) == 0 && len(workloads) == 0 {
		errs = append(errs, fmt.Errorf("none of %d workloads is %s", len(list.Workloads), strings.Join(args, " or ")))
	}
	return workloads, entries, errors.Join(errs...)
}

// workloadName is a column's name as that of a workload: NAMESPACE/NAME stays.
func workloadName(column string) string {
	if ns, name, ok := strings.Cut(column, "/"); ok && !isLabel(ns) || !isLabel(name) && ok {
		return strings.ReplaceAll(column, "/", "_")
	}
	return column
}

// isLabel reports whether s may be a name in Kubernetes.
func isLabel(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// readLoad makes a series of what a file holds for a workload, and says what was
// assumed. A load without a usable point is empty: it is listed as not forecast.
func (o *planFlags) readLoad(e planWorkload) (forecast.Series, []string, error) {
	var (
		load  files.Load
		notes []string
	)
	if e.read != nil {
		load = *e.read
	} else {
		from := fileFlags{column: cmp.Or(e.Column, o.files.column), rate: o.files.rate}
		f, err := from.open(e.CSV, nil, zoneOf(o.config.Defaults.Calendar))
		if err != nil {
			return forecast.Series{}, nil, err
		}
		if load, err = f.One(); err != nil {
			return forecast.Series{}, nil, fmt.Errorf("%s: workload %s: %w, or with column in %s", e.CSV, e.Name, err, o.workloads)
		}
		notes = of(e.CSV, f.Notes)
	}
	s, q, err := forecast.NewSeries(load.Points, 0)
	switch {
	case errors.Is(err, forecast.ErrEmpty) || errors.Is(err, forecast.ErrNoUsable):
		return forecast.Series{}, append(notes, fmt.Sprintf("%s: workload %s: %v", e.CSV, e.Name, err)), nil
	case err != nil:
		return s, notes, fmt.Errorf("%s: %w", e.CSV, err)
	}
	if n := qualityNote(q); n != "" {
		notes = append(notes, fmt.Sprintf("%s: workload %s: %s", e.CSV, e.Name, n))
	}
	return s, notes, nil
}

// A planSource is where queries are asked.
type planSource struct {
	reader   *history.Reader
	close    func()
	from, to time.Time
	step     time.Duration
}

// source opens the folder of --tsdb, or the way to Prometheus.
func (o *planFlags) source(until time.Time) (*planSource, error) {
	s := &planSource{to: until, step: min(planning.Grain(time.Duration(o.horizon)), 5*time.Minute)}
	defer func() { s.from = s.to.Add(-time.Duration(o.span)) }()
	if o.tsdb == "" {
		if err := o.config.Prometheus.validate(); err != nil {
			return nil, fmt.Errorf("a query needs --tsdb or a Prometheus: %w", err)
		}
		client, err := history.NewClient(o.config.client())
		if err != nil {
			return nil, err
		}
		s.close = func() { _ = client.Close() }
		return s, o.asks(s, client)
	}
	return s, o.fromTSDB(s)
}

// asks makes the reader of a source.
func (o *planFlags) asks(s *planSource, engine history.Engine) error {
	matchers, err := history.ParseMatchers(o.config.Prometheus.Matchers)
	if err != nil {
		s.close()
		return err
	}
	s.reader = history.NewReader(engine, history.ReaderOptions{Matchers: matchers})
	return nil
}

// read reads the loads of w. A load that cannot be read is a problem of this
// workload; only the end of ctx is an error.
func (s *planSource) read(ctx context.Context, w *planning.Workload, queries []history.Query) error {
	for _, q := range queries {
		res, err := s.reader.Read(ctx, q, s.from, s.to, s.step)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.Problems = append(w.Problems, err.Error())
			res.Series = forecast.Series{}
		}
		w.Problems = append(w.Problems, res.Warnings...)
		w.Loads = append(w.Loads, res.Series)
	}
	return nil
}
