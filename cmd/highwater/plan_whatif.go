package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/internal/strictyaml"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// whatIfFlags are the flags that change workloads before they are planned.
type whatIfFlags struct {
	planning.WhatIf // once read

	scales, events    []string
	zones             int
	loseZone          bool
	zoneFrom, zoneTo  string
	podSize           float64
	newTarget         string
	newStart          time.Duration
	price, cpu, bytes float64
}

func (w *whatIfFlags) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&w.scales, "scale", nil, "what if loads were a multiple: 1.5 for all, shop/*=1.5 or app=web=1.5 (a label) for some; may be repeated")
	f.StringArrayVar(&w.events, "event", nil, "what if this event came, in YAML, as {name: sale, start: 2026-11-27T08:00, end: 2026-11-27T24:00, multiplier: 3}; may be repeated")
	f.IntVar(&w.zones, "zones", 0, "zones that pods are spread over, for --lose-zone")
	f.BoolVar(&w.loseZone, "lose-zone", false, "what if one of --zones could be lost at any time, and the rest had to carry the load")
	f.StringVar(&w.zoneFrom, "lose-zone-from", "", "the time from which that is asked, RFC 3339; the whole plan if empty")
	f.StringVar(&w.zoneTo, "lose-zone-to", "", "the time until which it is, likewise")
	f.Float64Var(&w.podSize, "pod-size", 0, "what if pods were so many times as large: what they carry, CPU, memory and price per pod")
	f.StringVar(&w.newTarget, "new-target", "", "what if the HPA aimed at this share of what a pod carries, as 80%")
	f.DurationVar(&w.newStart, "new-start", 0, "what if pods took this long to start")
	f.BoolVar(&w.AllEnforced, "all-enforced", false, "what if floors were set on every workload, whatever its mode and its proof")
	f.Float64Var(&w.price, "price", 0, "of one pod-hour, for costs")
	f.Float64Var(&w.cpu, "price-cpu", 0, "of one core-hour that pods request")
	f.Float64Var(&w.bytes, "price-memory", 0, "of one GiB-hour that pods request")
}

// read makes the what-if of the flags; the error names every problem.
func (w *whatIfFlags) read(flags *pflag.FlagSet) error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	w.WhatIf = planning.WhatIf{AllEnforced: w.AllEnforced, Price: w.price, PriceCPU: w.cpu, PriceMemory: w.bytes}
	for _, text := range w.scales {
		s, err := parseScale(text)
		if err != nil {
			add("--scale %q: %w", text, err)
		}
		w.Load = append(w.Load, s)
	}
	for _, text := range w.events {
		events, err := parseEvents(text)
		if err != nil {
			add("--event %q: %w", text, err)
		}
		w.Events = append(w.Events, events...)
	}
	if err := w.readZone(); err != nil {
		errs = append(errs, err)
	}
	if flags.Changed("pod-size") {
		w.PodSize = &w.podSize
	}
	if flags.Changed("new-start") {
		w.Start = &w.newStart
	}
	if w.newTarget != "" {
		share, err := parseShare(w.newTarget)
		if err != nil {
			add("--new-target %w", err)
		}
		w.Target = &share
	}
	if len(errs) == 0 {
		errs = append(errs, w.Check())
	}
	return errors.Join(errs...)
}

func (w *whatIfFlags) readZone() error {
	switch {
	case w.loseZone && w.zones == 0:
		return errors.New("--lose-zone: say with --zones how many there are")
	case !w.loseZone && (w.zones != 0 || w.zoneFrom != "" || w.zoneTo != ""):
		return errors.New("--zones, --lose-zone-from, --lose-zone-to: they change nothing without --lose-zone")
	case !w.loseZone:
		return nil
	}
	z := planning.ZoneLoss{Zones: w.zones}
	for _, x := range []struct {
		flag, text string
		dst        *time.Time
	}{{"from", w.zoneFrom, &z.Start}, {"to", w.zoneTo, &z.End}} {
		if x.text == "" {
			continue
		}
		t, err := parseMoment(x.text, time.UTC)
		if err != nil {
			return fmt.Errorf("--lose-zone-%s: %w", x.flag, err)
		}
		*x.dst = t
	}
	w.Zone = &z
	return nil
}

// parseScale reads 1.5, or a selector and = before it.
func parseScale(text string) (planning.Scale, error) {
	s := planning.Scale{}
	number := text
	if i := strings.LastIndex(text, "="); i >= 0 {
		s.Selector, number = text[:i], text[i+1:]
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return s, fmt.Errorf("%q is no number: write 1.5, or shop/*=1.5", number)
	}
	s.Factor = v
	return s, nil
}

// parseEvents reads one event, or a list of them.
func parseEvents(text string) ([]calendar.EventSpec, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		var list []calendar.EventSpec
		return list, strictyaml.Unmarshal([]byte(text), &list)
	}
	var e calendar.EventSpec
	if err := strictyaml.Unmarshal([]byte(text), &e); err != nil {
		return nil, err
	}
	return []calendar.EventSpec{e}, nil
}

// parseShare reads 80% or 0.8.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return 0, fmt.Errorf("%q: it is no share: write 80%% or 0.8", text)
	}
	if percent {
		v /= 100
	}
	return v, nil
}
