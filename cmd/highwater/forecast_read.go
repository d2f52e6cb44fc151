package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/files"
)

// minStep is the finest step that a file is forecast at unless asked for.
const minStep = time.Minute

// readFile reads the history of a file, or of in. Its times are of zone where they
// have none.
func (o *forecastFlags) readFile(look *outlook, file string, in io.Reader, at time.Time, zone *time.Location) error {
	l, notes, err := o.files.one(file, in, zone)
	look.assumed = notes
	if err != nil {
		return err
	}
	s := l.series
	look.name, look.quality = l.name, l.quality
	if at.IsZero() {
		at = s.End()
	}
	if at.Before(s.Start) {
		return fmt.Errorf("--at %s: the history begins at %s", stamp(at, look.zone), stamp(s.Start, look.zone))
	}
	step := time.Duration(o.step)
	switch {
	case step == 0:
		step = (max(minStep, s.Step) + s.Step - 1) / s.Step * s.Step
	case step%s.Step != 0:
		return fmt.Errorf("--step %s: not a multiple of the file's own step of %s", o.step, s.Step)
	}
	look.cut(s, at, time.Duration(o.span), time.Duration(o.horizon), step)
	return nil
}

// readQuery reads the history of a PromQL query, and what came after it if
// that lies in the past.
func (o *forecastFlags) readQuery(ctx context.Context, look *outlook, query string, at time.Time) error {
	if err := errors.Join(o.files.none(), o.config.Prometheus.Validate()); err != nil {
		return err
	}
	client, err := history.NewClient(o.config.ClientOptions())
	if err != nil {
		return err
	}
	defer client.Close()
	matchers, err := history.ParseMatchers(o.config.Prometheus.Matchers)
	if err != nil {
		return err
	}
	now := o.now()
	if at.IsZero() || at.After(now) {
		at = now
	}
	step, horizon, span := time.Duration(o.step), time.Duration(o.horizon), time.Duration(o.span)
	if step == 0 {
		step = minStep
	}
	to := at.Add(horizon)
	if to.After(now) {
		to = now
	}
	read, err := history.NewReader(client, history.ReaderOptions{Matchers: matchers}).Read(ctx, history.Query{Expr: query}, at.Add(-span), to, step)
	if err != nil {
		return err
	}
	if err := checkCounter(query, read.Series); err != nil {
		return err
	}
	look.name, look.query, look.quality, look.notes = query, query, read.Quality, read.Warnings
	look.cut(read.Series, at, span, horizon, step)
	return nil
}

// cut parts s into what was known at the time and what came after, each
// averaged to step. The parting comes first: an average over a step that the
// time falls into must not hold what came later.
func (look *outlook) cut(s forecast.Series, at time.Time, span, horizon, step time.Duration) {
	look.at = at
	look.history = s.Between(at.Add(-span), at).Resample(step)
	if n := look.history.LastKnown(); n >= 0 {
		look.history.Values = look.history.Values[:n+1]
		late := at.Sub(look.history.End())
		if late >= 2*step {
			look.notes = append(look.notes, fmt.Sprintf("the newest known load is of %s before %s; the forecast begins there", late.Round(time.Second), stamp(at, look.zone)))
		}
	}
	if look.history.Len() > 0 {
		origin := look.history.End()
		look.came = s.Resample(step).Between(origin.Add(1), origin.Add(horizon))
	}
}

// stamp is a time for the user.
func stamp(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.RFC3339) }

// checkCounter returns an error if what a query gave is a counter: by its looks,
// or by its name unless it falls as no counter does.
func checkCounter(query string, s forecast.Series) error {
	if name := history.BareCounter(query); name != "" && files.RisesMostly(s) {
		return fmt.Errorf("query %q: %s is a counter, no load: ask sum(rate(%s[5m]))", query, name, name)
	}
	if n, ok := files.CounterIn(s); ok {
		return fmt.Errorf("query %q: it only ever rises%s: it is a counter, no load. Ask rate(x[5m]) in place of x", query, files.Resets(n))
	}
	return nil
}
