package planning

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A Workload is what is planned for: an HPA, its pods, and the past of its load.
type Workload struct {
	Namespace, Name string
	Labels          map[string]string // for the selectors of a WhatIf; may be nil

	// Loads hold one series for each of the HPA's metrics. They need not be on
	// one grid. One that is empty, or not known, cannot be forecast.
	Loads []forecast.Series

	// Loop is the HPA and its pods: Spec.Min is the baseline, Spec.Max the
	// ceiling, PerPod what a ready pod carries at the most, by metric.
	Loop simulate.Loop
	// Policy says how forecasts become floors; DefaultPolicy if it has no mode.
	// Its quantile is taken as it is: see replay for the one that serves best.
	Policy   recommender.Policy
	Calendar *calendar.Spec // nil for none
	// Schedules bound the floors that would be set; also those of a workload of
	// which Observed says something, if OnlySchedules.
	Schedules     []recommender.Schedule
	OnlySchedules bool
	// Observed says in a few words why no floor would be set as things are: "mode
	// Observe"; a policy that is suspended needs none. Such a workload is planned as the HPA alone, unless the WhatIf has
	// all enforced. If it is empty, floors are set.
	Observed string

	// NodeLead is how long nodes take that are asked for ahead of pods; 0 if none are.
	NodeLead time.Duration

	PodCPU    float64     // cores that one pod requests; 0 if not known
	PodMemory float64     // bytes, likewise
	Price     price.Price // of an hour of one pod, unless the WhatIf has one; zero if there is none
	Replicas  int32       // that there are now, for a plan without any load; 0 if not known
	Unit      string      // of the first load: "requests/s"
	Problems  []string    // that are known before; they are passed on
}

// Key is the workload's name with its namespace, if it has one.
func (w *Workload) Key() string {
	if w.Namespace == "" {
		return w.Name
	}
	return w.Namespace + "/" + w.Name
}

// check returns what makes the workload impossible to play.
func (w *Workload) check() error {
	var errs []error
	if err := w.Loop.Check(); err != nil {
		errs = append(errs, err)
	}
	if len(w.Loads) != len(w.Loop.Spec.Metrics) {
		errs = append(errs, fmt.Errorf("%d loads for %d metrics: give one for each", len(w.Loads), len(w.Loop.Spec.Metrics)))
	}
	for _, p := range w.Policy.Check() {
		errs = append(errs, errors.New("policy: "+p.Message))
	}
	for _, f := range []struct {
		name string
		v    float64
	}{{"PodCPU", w.PodCPU}, {"PodMemory", w.PodMemory}} {
		if !(f.v >= 0) || math.IsInf(f.v, 0) {
			errs = append(errs, fmt.Errorf("%s is %v: give what one pod requests, or 0 if it is not known", f.name, f.v))
		}
	}
	return errors.Join(errs...)
}

// NoCeiling is the Spec.Max of a workload whose ceiling is not known, or that has
// none.
const NoCeiling = 100_000

// Limits are what there is room for, beyond the workloads' own ceilings. The
// zero value knows no limit.
type Limits struct {
	Quotas map[string]Quota // by namespace
	Nodes  Quota            // what all nodes hold together, for these workloads; 0 is not known
}

// A Quota is room for pods. A field of 0 is no limit.
type Quota struct {
	Pods   float64
	CPU    float64 // cores
	Memory float64 // bytes
}

// Options say what is planned. Only From is needed.
type Options struct {
	From    time.Time     // of the plan; up to the next whole Step. Samples from then on are not looked at
	Horizon time.Duration // 24h if zero; 28 days at the most
	Step    time.Duration // of the rows; 1h if zero

	// Quantiles of the load: the middle, and the one that limits are held
	// against; 0.5 and 0.95 if nil.
	Quantiles []float64
	Samples   int // sampled paths of each load; 6 if zero, none if negative

	WhatIf WhatIf
	Limits Limits
}

// The bounds of a plan.
const (
	DefaultHorizon = 24 * time.Hour
	MaxHorizon     = 28 * 24 * time.Hour
	defaultStep    = time.Hour
	defaultSamples = 6
	maxSamples     = 100
)

// withDefaults fills in what is zero and moves From to a whole step.
func (o Options) withDefaults() Options {
	if o.Horizon == 0 {
		o.Horizon = DefaultHorizon
	}
	if o.Step == 0 {
		o.Step = defaultStep
	}
	if o.Quantiles == nil {
		o.Quantiles = []float64{0.5, 0.95}
	}
	if o.Samples == 0 {
		o.Samples = defaultSamples
	}
	if o.Step > 0 {
		if whole := o.From.Truncate(o.Step); whole.Before(o.From) {
			o.From = whole.Add(o.Step)
		}
	}
	return o
}

// Check returns an error that joins everything wrong with the options.
func (o Options) Check() error {
	o = o.withDefaults()
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(o.From.IsZero(), "from is not set: give the time at which the plan begins")
	add(o.Step < 15*time.Minute || o.Step > 24*time.Hour || (24*time.Hour)%o.Step != 0, "step is %s: make it a part of a day from 15m on, as 1h", o.Step)
	add(o.Horizon < o.Step || o.Horizon > MaxHorizon, "horizon is %s: make it at least a step of %s and at most 28 days", o.Horizon, o.Step)
	add(o.Step > 0 && o.Horizon%o.Step != 0, "horizon is %s: make it a multiple of the step of %s", o.Horizon, o.Step)
	q := o.Quantiles
	add(len(q) != 2 || !(q[0] > 0.01 && q[0] < q[1] && q[1] < 1), "quantiles are %v: give two that ascend within (0.01, 1), as 0.5 and 0.95", q)
	add(o.Samples > maxSamples, "samples is %d: at most %d", o.Samples, maxSamples)
	errs = append(errs, o.WhatIf.Check(), o.Limits.check())
	return errors.Join(errs...)
}

func (l Limits) check() error {
	var errs []error
	hold := func(where string, q Quota) {
		for _, f := range []struct {
			name string
			v    float64
		}{{"pods", q.Pods}, {"cpu", q.CPU}, {"memory", q.Memory}} {
			if !(f.v >= 0) || math.IsInf(f.v, 0) {
				errs = append(errs, fmt.Errorf("limits.%s.%s is %v: make it what there is, or 0 for no limit", where, f.name, f.v))
			}
		}
	}
	for _, ns := range sortedKeys(l.Quotas) {
		hold("quotas["+ns+"]", l.Quotas[ns])
	}
	hold("nodes", l.Nodes)
	return errors.Join(errs...)
}
