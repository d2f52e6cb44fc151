package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/benchmarks/internal/outcome"
)

// options are what the user can set.
type options struct {
	folders, only []string
	out           string
	date, release string
	parallel      int
	full          bool
	studies       []study // all if empty
}

// A bench is all that is written down.
type bench struct {
	date, release, machine, from string
	short                        []string // traces left out
	traces                       []*played
	took                         time.Duration
}

func (o *options) run(ctx context.Context, out, log io.Writer) error {
	list, from, short, err := loadTraces(o.folders, o.only)
	if err != nil {
		return err
	}
	b := &bench{date: o.date, release: cmp.Or(o.release, "(development)"), machine: outcome.Machine(), from: from, short: short}
	if b.date == "" {
		b.date = time.Now().UTC().Format("2006-01-02")
	}
	all := o.studies
	if len(all) == 0 {
		all = studies(o.full)
	}
	began := time.Now()
	if b.traces, err = o.playAll(ctx, list, all, log); err != nil {
		return err
	}
	b.took = time.Since(began)
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	if err := b.draw(o.out); err != nil {
		return err
	}
	if err := outcome.Write(filepath.Join(o.out, "closedloop.csv"), b.csv); err != nil {
		return err
	}
	text := b.markdown()
	if err := outcome.Write(filepath.Join(o.out, "CLOSEDLOOP.md"), func(w *bufio.Writer) { _, _ = w.WriteString(text) }); err != nil {
		return err
	}
	_, err = fmt.Fprint(out, b.terminal())
	return err
}

// playAll plays the traces, the longest first and a few at a time.
func (o *options) playAll(ctx context.Context, list []*trace, all []study, log io.Writer) ([]*played, error) {
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b *trace) int { return cmp.Compare(b.length(), a.length()) })
	results := map[string]*played{}
	var mu sync.Mutex
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, o.parallel))
	for _, t := range order {
		g.Go(func() error {
			p, err := play(t, all, o.full, ctx.Err)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			results[t.name] = p
			fmt.Fprintf(log, "%d of %d traces after %s: %s took %s\n", len(results), len(list), time.Since(began).Round(time.Second), t.name, p.took.Round(time.Second))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := make([]*played, len(list))
	for i, t := range list {
		out[i] = results[t.name]
	}
	return out, nil
}

// csv writes one row for each trace, study and policy.
func (b *bench) csv(w *bufio.Writer) {
	fmt.Fprintln(w, "trace,start_seconds,target,policy,minutes,short_minutes,short_load,pod_hours,mean_utilization,changes,floor_changes,max_pods,longest_short_minutes,verdict,quantile")
	for _, p := range b.traces {
		for _, r := range p.rows {
			quantile := ""
			if r.quantile > 0 {
				quantile = fmt.Sprint(r.quantile)
			}
			fmt.Fprintf(w, "%s,%g,%g,%s,%.6g,%.6g,%.6g,%.7g,%.4g,%d,%d,%d,%.6g,%s,%s\n", r.trace, r.start.Seconds(), r.target, r.policy, r.Minutes, r.ShortMinutes,
				r.ShortLoad, r.PodHours, r.MeanUtilization, r.Changes, r.FloorChanges, r.MaxPods, r.LongestShort.Minutes(), r.verdict, quantile)
		}
	}
}
