package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/highwater-dev/highwater/forecast/outlook"
	"github.com/highwater-dev/highwater/history"
)

// minStep is the finest step that a file is forecast at unless asked for.
const minStep = time.Minute

// readFile reads the history of a file, or of in. Its times are of zone where they
// have none.
func (o *forecastFlags) readFile(look *outlook.Outlook, file string, in io.Reader, at time.Time, zone *time.Location) error {
	l, notes, err := o.files.one(file, in, zone)
	look.Assumed = notes
	if err != nil {
		return err
	}
	s := l.series
	look.Name, look.Quality = l.name, l.quality
	if at.IsZero() {
		at = s.End()
	}
	if at.Before(s.Start) {
		return fmt.Errorf("--at %s: the history begins at %s", stamp(at, look.Zone), stamp(s.Start, look.Zone))
	}
	step := time.Duration(o.step)
	switch {
	case step == 0:
		step = (max(minStep, s.Step) + s.Step - 1) / s.Step * s.Step
	case step%s.Step != 0:
		return fmt.Errorf("--step %s: not a multiple of the file's own step of %s", o.step, s.Step)
	}
	look.Cut(s, at, time.Duration(o.span), time.Duration(o.horizon), step)
	return nil
}

// readQuery reads the history of a PromQL query, and what came after it if
// that lies in the past.
func (o *forecastFlags) readQuery(ctx context.Context, look *outlook.Outlook, query string, at time.Time) error {
	if err := errors.Join(o.files.none(), o.config.Prometheus.Validate()); err != nil {
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
	read, err := history.ReadOnce(ctx, o.config.ClientOptions(), o.config.Prometheus.Matchers, query, at.Add(-span), to, step)
	if err != nil {
		return err
	}
	look.Name, look.Query, look.Quality, look.Notes = query, query, read.Quality, read.Warnings
	look.Cut(read.Series, at, span, horizon, step)
	return nil
}

// stamp is a time for the user.
func stamp(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.RFC3339) }
