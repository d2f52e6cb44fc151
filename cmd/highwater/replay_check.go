package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/forecast/outlook"
	"github.com/highwater-dev/highwater/internal/fleet"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// longestStart is further than a replay looks ahead.
const longestStart = 6 * time.Hour

// shareValue makes a flag of a share: 70% or 0.7.
type shareValue float64

func (s *shareValue) Type() string { return "share" }

func (s *shareValue) String() string {
	return strconv.FormatFloat(math.Round(1e8*float64(*s))/1e6, 'f', -1, 64) + "%"
}

// Set implements pflag.Value.
func (s *shareValue) Set(text string) error {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%q: want a share, as 70%% or 0.7", text)
	}
	if percent {
		v /= 100
	} else if v > 1 {
		return fmt.Errorf("%q is %s %%: write %s%% if you mean that", text, plain(100*v), plain(v))
	}
	*s = shareValue(v)
	return nil
}

// validate returns every problem of the flags but those of Prometheus.
func (o *replayFlags) validate(args []string) (errs []error) {
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if (len(args) == 1) == (o.query != "") {
		wrong("give either a FILE or a --query: %d files and the query %q are given", len(args), o.query)
	}
	if !(o.capacity > 0) || math.IsInf(o.capacity, 0) {
		wrong("--pod-capacity %s: make it the load that one ready pod carries at most, in the unit of the load: more than 0", plain(o.capacity))
	}
	if _, err := o.aim(); err != nil && o.capacity > 0 {
		errs = append(errs, err)
	}
	if start := time.Duration(o.start); start > longestStart {
		wrong("--start %s: longer than %s, which is further than floors look ahead: make it the time from a pod's creation to its being Ready", o.start, longestStart)
	} else if lead := time.Duration(o.lead); lead > longestStart {
		wrong("--lead-time %s: longer than %s, which is further than floors look ahead: make it about the start time, %s", o.lead, longestStart, o.start)
	}
	if o.baseline < 1 {
		wrong("--baseline %d: an HPA keeps at least 1 pod", o.baseline)
	}
	if o.ceiling < o.baseline {
		wrong("--ceiling %d: below the baseline of %d: raise it, or lower --baseline", o.ceiling, o.baseline)
	}
	if o.sync <= 0 {
		wrong("--sync %s: make it more than 0; the controller's own is 15s", o.sync)
	}
	if err := price.Check(o.price); err != nil && o.price != 0 {
		wrong("--price %s: make it what a pod costs for an hour, or 0", plain(o.price))
	}
	return append(append(errs, o.validateRisk()...), o.validateOutput()...)
}

// aim returns the load that each pod should have.
func (o *replayFlags) aim() (float64, error) {
	target, err := fleet.ParseTarget(o.target)
	if err != nil {
		return 0, fmt.Errorf("--target %w", err)
	}
	load, err := target.PerPod(o.capacity)
	if err == nil && load > o.capacity {
		err = fmt.Errorf("it is more than the %s that a pod carries", explain.Number(o.capacity))
	}
	if err != nil {
		return 0, fmt.Errorf("--target %s: %w", o.target, err)
	}
	return load, nil
}

func (o *replayFlags) validateRisk() (errs []error) {
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if o.budget < 0 || o.budget >= 1 {
		wrong("--risk-budget %s: make it the share of minutes that may be short, below 100%%, as 0.5%%", &o.budget)
	}
	if !(o.ratio > 0) || math.IsInf(o.ratio, 0) {
		wrong("--cost-ratio %s: make it how many minutes of all pods one short minute is worth: more than 0", plain(o.ratio))
	}
	if !(o.quantile >= 0 && o.quantile < 1) {
		wrong("--quantile %s: make it between 0 and 1, as 0.95, or 0 to have it found on the past", plain(o.quantile))
	}
	for _, flag := range []string{"risk-budget", "cost-ratio"} {
		if o.quantile > 0 && o.changed(flag) {
			wrong("--quantile %s: --%s finds the quantile: give one of the two", plain(o.quantile), flag)
		}
	}
	if o.headroom < 0 {
		wrong("--headroom %s: make it 0%% or more", &o.headroom)
	}
	return errs
}

func (o *replayFlags) validateOutput() (errs []error) {
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(o.policies) == 0 {
		wrong("--policies is empty: give one or more of %s, or quantiles", strings.Join(proof.Policies, ", "))
	}
	for i, name := range o.policies {
		err := proof.CheckPolicy(name)
		switch {
		case err != nil:
			wrong("--policies %q: %w", name, err)
		case o.quantile > 0 && !slices.Contains(proof.Policies, name):
			wrong("--policies %q: --quantile %s leaves no other to try: give one of the two", name, plain(o.quantile))
		case slices.Contains(o.policies[:i], name):
			wrong("--policies %q: is there twice: give it once", name)
		}
	}
	if o.format != "table" && o.format != "json" {
		wrong("--output %q: neither table nor json", o.format)
	}
	if o.plot != "" {
		errs = append(errs, needsFull("--plot"))
		if !slices.Contains(o.policies, proof.PolicyHPA) && !slices.Contains(o.policies, proof.PolicyHighwater) {
			wrong("--policies %v: --plot shows hpa and highwater: give one of them", o.policies)
		}
	}
	errs = append(errs, checkAnswer(o.file))
	if x, err := strconv.ParseFloat(o.score, 64); err == nil && !(x > 0 && x < 1) {
		wrong("--score %s: make it a share of the history between 0 and 1, as 0.6, or a time in RFC 3339", o.score)
	} else if _, e := time.Parse(time.RFC3339, o.score); err != nil && e != nil {
		wrong("--score %q: neither a share of the history, as 0.6, nor a time in RFC 3339, as 2026-03-02T00:00:00Z", o.score)
	}
	if o.source.span <= 0 {
		wrong("--span %s: make it the history to read of a query, as 28d", o.source.span)
	}
	return errs
}

// read reads the load of the file, whose times are of zone where they have none,
// or of the query.
func (o *replayFlags) read(ctx context.Context, r *replayed, args []string, in io.Reader, zone *time.Location) error {
	if o.query != "" {
		look := outlook.Outlook{Zone: r.zone}
		if err := o.source.readQuery(ctx, &look, o.query, time.Time{}); err != nil {
			return err
		}
		r.name, r.load, r.warnings = o.query, look.History, look.Notes
	} else {
		l, notes, err := o.source.files.one(args[0], in, zone)
		r.name, r.load, r.assumed = l.name, l.series, withQuality(notes, l.quality)
		if err != nil {
			return err
		}
	}
	if r.load.Known() == 0 {
		return fmt.Errorf("%s: holds no load at all: give a history of three days or more", r.name)
	}
	return nil
}

// scoreOf returns the time from which outcomes count.
func (o *replayFlags) scoreOf(r *replayed) (time.Time, error) {
	share, err := strconv.ParseFloat(o.score, 64)
	if err == nil {
		return r.load.Time(int(share * float64(r.load.Len()))), nil
	}
	t, _ := time.Parse(time.RFC3339, o.score) // validated
	if !t.After(r.load.Start) || t.After(r.load.End()) {
		return t, fmt.Errorf("--score %s: not within the history, which is from %s to %s", o.score, stamp(r.load.Start, r.zone), stamp(r.load.End(), r.zone))
	}
	return t, nil
}

// readBehavior reads the spec.behavior of an HPA; nil without a file.
func readBehavior(file string) (*simulate.Behavior, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--behavior: %w", err)
	}
	b, err := discovery.ReadBehavior(text)
	if err != nil {
		return nil, fmt.Errorf("--behavior %s: %w", file, err)
	}
	return b, nil
}
