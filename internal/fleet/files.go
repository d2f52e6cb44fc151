package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/recommender/price"
)

// Files say which files hold the workloads.
type Files struct {
	List     string        // path of a file of workloads; none if empty
	Loads    []string      // paths of files with loads: a workload for each load
	Options  files.Options // how files are read
	Defaults Entry         // what holds where the list says nothing
}

// FromFiles makes the fleet of files. Names that are files are loads, too, if
// there are others. open is asked for the source of the queries of the list, if it
// has any. A plan begins where the newest of the loads ends.
func (r *Reader) FromFiles(ctx context.Context, in Files, open func() (*Source, error)) (Fleet, error) {
	var f Fleet
	list, names, err := r.described(in, &f.Assumed)
	if err != nil {
		return f, err
	}
	if f.Limits, err = list.Limits.read(); err != nil {
		return f, fmt.Errorf("%s: %w", in.List, err)
	}
	var entries []Entry
	if f.Workloads, entries, err = r.unread(in, list, names); err != nil {
		return f, err
	}
	var source *Source
	if slices.ContainsFunc(entries, func(w Entry) bool { return w.CSV == "" }) {
		if source, err = open(); err != nil {
			return f, err
		}
	}
	if err := r.readLoads(ctx, in, &f, entries, source); err != nil {
		return f, err
	}
	book := r.prices(ctx, source)
	f.Notes = append(f.Notes, r.notes...)
	for i := range f.Workloads {
		w := &f.Workloads[i]
		if w.Price, err = book.Of(price.Pod{CPU: w.PodCPU, Memory: w.PodMemory}); err != nil {
			w.Problems = append(w.Problems, "an hour of its pods has no price: "+err.Error())
		}
	}
	for _, w := range f.Workloads {
		for _, l := range w.Loads {
			if end := l.End().Add(l.Step); l.Len() > 0 && end.After(f.From) {
				f.From = end
			}
		}
	}
	f.Notes = append(f.Notes, "files say neither mode nor proof: floors are those that would be set in mode Enforce with a proof")
	if f.From.IsZero() {
		return f, errors.New("none of the workloads has a known load: say with --from when the plan begins, or check the queries and files")
	}
	return f, nil
}

// readLoads reads the loads of the entries into the workloads of f.
func (r *Reader) readLoads(ctx context.Context, in Files, f *Fleet, entries []Entry, source *Source) error {
	done := r.Begin(len(entries))
	notes := make([][]string, len(entries))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i, e := range entries {
		g.Go(func() error {
			defer done()
			w := &f.Workloads[i]
			if e.CSV != "" {
				s, told, err := in.readLoad(e)
				w.Loads, notes[i] = []forecast.Series{s}, told
				return err
			}
			return source.read(gctx, w, []history.Query{{Expr: e.Query}})
		})
	}
	err := g.Wait()
	for _, n := range notes {
		f.Assumed = append(f.Assumed, n...)
	}
	return err
}

// readLoad makes a series of what a file holds for a workload, and says what was
// assumed. A load without a usable point is empty: it is listed as not forecast.
func (in *Files) readLoad(e Entry) (forecast.Series, []string, error) {
	var (
		load  files.Load
		notes []string
	)
	if e.read != nil {
		load = *e.read
	} else {
		options := in.Options
		options.Column = cmp.Or(e.Column, options.Column)
		f, err := files.Open(e.CSV, options)
		if err != nil {
			return forecast.Series{}, nil, err
		}
		if load, err = f.One(); err != nil {
			return forecast.Series{}, nil, fmt.Errorf("%s: workload %s: %w, or with column in %s", e.CSV, e.Name, err, in.List)
		}
		notes = files.NotesOf(e.CSV, f.Notes)
	}
	s, q, err := forecast.NewSeries(load.Points, 0)
	switch {
	case errors.Is(err, forecast.ErrEmpty) || errors.Is(err, forecast.ErrNoUsable):
		return forecast.Series{}, append(notes, fmt.Sprintf("%s: workload %s: %v", e.CSV, e.Name, err)), nil
	case err != nil:
		return s, notes, fmt.Errorf("%s: %w", e.CSV, err)
	}
	if n := files.QualityNote(q); n != "" {
		notes = append(notes, fmt.Sprintf("%s: workload %s: %s", e.CSV, e.Name, n))
	}
	return s, notes, nil
}
