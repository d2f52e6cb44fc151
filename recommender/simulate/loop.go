package simulate

import (
	"errors"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A Loop is a workload to replay: its HPA, what a pod carries, and how long
// pods take to start.
type Loop struct {
	Spec   Spec
	PerPod []float64     // by metric: load that one ready pod serves at most (100 %); what is beyond is short
	Start  Starts        // creation to Ready
	Sync   time.Duration // of the controller; 15s if zero
	Delay  time.Duration // age of the metric that the HPA sees; 0 = none
	Window time.Duration // of a Resource metric's samples: a pod's CPU counts once it has been Ready that long
	// Saturates says that the metric can't show more than ready pods serve, as
	// CPU can't.
	Saturates bool
	Score     time.Time // outcome counted only from then on; zero = from the start
}

// Floors are minReplicas over time: Values[i] holds from Start+i·Step on;
// before and after, and where 0, the Spec's Min.
type Floors struct {
	Start  time.Time
	Step   time.Duration
	Values []int32
}

// An Outcome is what a replay came to. Time at which a load is not known is
// not scored: it adds to nothing but Changes and FloorChanges.
type Outcome struct {
	Minutes, ShortMinutes float64 // scored; during which load > ready × PerPod for some metric
	ShortLoad             float64 // load·minutes beyond capacity of the first metric: ∫ max(0, load − ready·PerPod) dt in minutes
	PodHours              float64 // ∫ pods (all that exist, ready or not) dt
	MeanUtilization       float64 // served load over capacity of ready pods, while there are any, time-weighted (largest metric)
	Changes               int     // of replicas
	FloorChanges          int     // of minReplicas
	MaxPods               int32
	LongestShort          time.Duration
}

// A Trace is a replay by sync, for plots: entry i is what held at
// Start + i·Step, just after the sync. Play overwrites it and reuses its memory.
type Trace struct {
	Start    time.Time
	Step     time.Duration
	Replicas []int32
	Ready    []int32
	Desired  []int32   // by the metrics, before stabilization and limits; -1 if they were not asked or are missing
	Floor    []int32   // minReplicas
	Short    []float64 // load of the first metric beyond capacity; NaN where it is not known
}

func (tr *Trace) reset(from time.Time, step time.Duration) {
	*tr = Trace{
		Start: from, Step: step,
		Replicas: tr.Replicas[:0], Ready: tr.Ready[:0], Desired: tr.Desired[:0], Floor: tr.Floor[:0], Short: tr.Short[:0],
	}
}

// maxPods bounds what a replay may hold: more than any cluster does.
const maxPods = 1 << 20

// Check returns an error that joins everything wrong with the loop.
func (l *Loop) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := l.Spec.Check(); err != nil {
		wrong("Spec: %w", err)
	}
	if l.Spec.Max > maxPods {
		wrong("Spec: Max is %d: a replay holds %d pods at most", l.Spec.Max, maxPods)
	}
	if len(l.PerPod) != len(l.Spec.Metrics) {
		wrong("PerPod has %d entries: give one for each of the %d metrics", len(l.PerPod), len(l.Spec.Metrics))
	}
	for i, p := range l.PerPod {
		if !(p > 0) {
			wrong("PerPod[%d] is %v: make it the load that one ready pod serves at most", i, p)
		}
	}
	errs = append(errs, l.Start.Check())
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"Sync", l.Sync}, {"Delay", l.Delay}, {"Window", l.Window}} {
		if d.d < 0 {
			wrong("%s is %s: make it positive, or 0 for the default", d.name, d.d)
		}
	}
	return errors.Join(errs...)
}

// check returns an error about the other arguments of Play.
func (l *Loop) check(loads []forecast.Series, from, to time.Time, floors *Floors) error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(loads) != len(l.Spec.Metrics) {
		wrong("%d loads: give one for each of the %d metrics", len(loads), len(l.Spec.Metrics))
	}
	for i, s := range loads {
		if s.Step <= 0 || len(s.Values) == 0 {
			wrong("loads[%d] has %d values, %s apart: give it at least one, and a step", i, len(s.Values), s.Step)
		} else if s.Step != loads[0].Step || !s.Start.Equal(loads[0].Start) {
			wrong("loads[%d] starts at %s with a step of %s: lay it on the grid of the first load", i, s.Start.UTC().Format(time.RFC3339), s.Step)
		}
	}
	if !to.After(from) {
		wrong("to is %s: make it later than from, which is %s", to.UTC().Format(time.RFC3339), from.UTC().Format(time.RFC3339))
	}
	if floors != nil && len(floors.Values) > 0 && floors.Step <= 0 {
		wrong("floors.Step is %s: make it positive", floors.Step)
	}
	return errors.Join(errs...)
}

// Play replays the loads, one series for each metric on one grid, from from to
// to. A value holds until the next sample; NaN, and any time outside the
// series, is a metric that is missing. floors may be nil, and so may trace.
//
// The first pods are Ready, as many as the HPA would have at the first load
// that is known. The load is served by the ready pods, and what they can't
// serve is lost. Pods that have to go, go at once.
//
// It costs O(syncs + samples + pods created), and allocates nothing on the way.
func (l *Loop) Play(loads []forecast.Series, from, to time.Time, floors *Floors, trace *Trace) (Outcome, error) {
	if err := errors.Join(l.Check(), l.check(loads, from, to, floors)); err != nil {
		return Outcome{}, fmt.Errorf("simulate: %w", err)
	}
	c, err := NewController(l.Spec)
	if err != nil {
		return Outcome{}, err
	}
	p := newPlay(l, c, loads, nanos(from), floors)
	if trace != nil {
		trace.reset(from, time.Duration(p.step))
	}
	p.run(nanos(from), nanos(to), trace)
	return p.score.outcome(), nil
}
