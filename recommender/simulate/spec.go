package simulate

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A Spec is what an HPA and its controller's flags say.
type Spec struct {
	Min, Max  int32 // pods; a Min of 0 means 1
	Metrics   []Metric
	Tolerance float64   // --horizontal-pod-autoscaler-tolerance; 0 means the controller's 0.1
	Behavior  *Behavior // nil: the controller's own rules, the path without spec.behavior

	DownscaleStabilization time.Duration // --horizontal-pod-autoscaler-downscale-stabilization; 0 means 5m
	CPUInitialization      time.Duration // --horizontal-pod-autoscaler-cpu-initialization-period; 0 means 5m
	InitialReadiness       time.Duration // --horizontal-pod-autoscaler-initial-readiness-delay; 0 means 30s
}

// A Kind says what a metric's target is compared with.
type Kind string

// The kinds of target of autoscaling/v2.
const (
	Utilization  Kind = "Utilization"  // the share of the pods' requests that is used
	AverageValue Kind = "AverageValue" // the load per pod
	Value        Kind = "Value"        // the load of all
)

// A Source says where a metric comes from. It decides which pods count.
type Source string

// The sources of autoscaling/v2; Pods is one more. A metric of the kind
// ContainerResource counts as Resource or Memory does.
const (
	Resource Source = "Resource" // CPU of the pods; what pods use while they start does not count
	Memory   Source = "Memory"   // any other resource of the pods
	Object   Source = "Object"   // one value, of another object
	External Source = "External" // one value, of anything
)

// Pods is the Source of metrics that each pod has, and the PolicyKind that
// counts pods.
const Pods = "Pods"

// A Metric is one of an HPA's metrics.
//
// The controller reckons in thousandths of the metric's unit and in whole
// percents of utilization, and so does this package: a load far below 1 is
// better given in a smaller unit.
type Metric struct {
	Kind    Kind
	Source  Source  // the zero value is Resource for Utilization and External otherwise
	Target  float64 // Utilization: share of Request (0.7 is 70 %); AverageValue: load per pod; Value: load of all
	Request float64 // Utilization only: what one pod requests, in the unit of the load
}

// PerPod returns the load of one pod at the metric's target. For the kind
// Value it is NaN: such a target says nothing about a pod.
func (m Metric) PerPod() float64 {
	switch m.Kind {
	case Utilization:
		return m.Target * m.Request
	case AverageValue:
		return m.Target
	}
	return math.NaN()
}

// from returns the metric's source.
func (m Metric) from() Source {
	switch {
	case m.Source != "":
		return m.Source
	case m.Kind == Utilization:
		return Resource
	}
	return External
}

// A Behavior is an HPA's spec.behavior. Its zero value has the defaults that
// the API server fills in, which differ from no behavior at all: policies then
// count what was added within their period.
type Behavior struct{ Up, Down Rules }

// Rules are how fast an HPA may go one way.
type Rules struct {
	Window    *time.Duration // stabilization, whole seconds; nil means 0 up and DownscaleStabilization down
	Tolerance *float64       // nil means Spec.Tolerance
	Select    SelectPolicy   // zero means SelectMax
	Policies  []Policy       // none means 4 pods or 100 % in 15s up, 100 % in 15s down
}

// A SelectPolicy says which of several policies holds.
type SelectPolicy string

// The ways to select of autoscaling/v2.
const (
	SelectMax      SelectPolicy = "Max"      // the policy that allows the largest change
	SelectMin      SelectPolicy = "Min"      // the one that allows the smallest
	SelectDisabled SelectPolicy = "Disabled" // no change this way
)

// A Policy allows a change of so many pods or percent within a period.
type Policy struct {
	Kind   PolicyKind // Pods or Percent
	Value  int32      // positive
	Period time.Duration
}

// A PolicyKind says what a policy's value counts.
type PolicyKind string

// Percent is a share of the pods at the beginning of the period.
const Percent PolicyKind = "Percent"

// The controller's and the API server's defaults.
const (
	defaultTolerance = 0.1
	defaultWindow    = 5 * time.Minute
	defaultWarmUp    = 5 * time.Minute
	defaultReadiness = 30 * time.Second
	defaultPeriod    = 15 * time.Second
)

// filled returns the spec with its defaults. It shares nothing with s.
func (s Spec) filled() Spec {
	s.Min = max(s.Min, 1)
	s.Tolerance = cmp.Or(s.Tolerance, defaultTolerance)
	s.DownscaleStabilization = cmp.Or(s.DownscaleStabilization, defaultWindow)
	s.CPUInitialization = cmp.Or(s.CPUInitialization, defaultWarmUp)
	s.InitialReadiness = cmp.Or(s.InitialReadiness, defaultReadiness)
	s.Metrics = slices.Clone(s.Metrics)
	if s.Behavior != nil {
		// The controller cuts its flag to seconds where it stands in for a window.
		down := s.DownscaleStabilization.Truncate(time.Second)
		s.Behavior = &Behavior{
			Up: s.Behavior.Up.filled(0, s.Tolerance,
				Policy{Pods, 4, defaultPeriod}, Policy{Percent, 100, defaultPeriod}),
			Down: s.Behavior.Down.filled(down, s.Tolerance, Policy{Percent, 100, defaultPeriod}),
		}
	}
	return s
}

func (r Rules) filled(window time.Duration, tolerance float64, policies ...Policy) Rules {
	if r.Window != nil {
		window = *r.Window
	}
	if r.Tolerance != nil {
		tolerance = *r.Tolerance
	}
	if len(r.Policies) > 0 {
		policies = slices.Clone(r.Policies)
	}
	return Rules{Window: &window, Tolerance: &tolerance, Select: cmp.Or(r.Select, SelectMax), Policies: policies}
}
