package simulate

import "math"

// A rule is a metric as the replica calculator reads it.
type rule struct {
	source  Source
	kind    Kind
	target  int64 // percent for Utilization, thousandths otherwise
	request int64 // thousandths
}

func newRule(m Metric) rule {
	r := rule{source: m.from(), kind: m.Kind, target: max(milli(m.Target), 1), request: max(milli(m.Request), 1)}
	if m.Kind == Utilization {
		r.target = int64(hold(math.Round(m.Target * 100)))
	}
	return r
}

// tolerances are how far from 1 a usage ratio may be without a change.
type tolerances struct{ down, up float64 }

func (t tolerances) hold(ratio float64) bool { return 1-t.down <= ratio && ratio <= 1+t.up }

// replicas returns how many pods the metric asks for, or false if it has no
// value to ask by.
//
// # References
//
// pkg/controller/podautoscaler/replica_calculator.go of Kubernetes 1.36.
func (r *rule) replicas(current, status int32, t *tally, tol tolerances) (int32, bool) {
	switch {
	case r.source != Object && r.source != External:
		return r.ofPods(current, t, tol)
	case !t.known:
		return 0, false
	case r.kind == AverageValue:
		if tol.hold(float64(t.value) / (float64(r.target) * float64(status))) {
			return status, true
		}
		return hold(math.Ceil(float64(t.value) / float64(r.target))), true
	}
	ratio := float64(t.value) / float64(r.target)
	switch {
	case tol.hold(ratio):
		return current, true
	case t.listed == 0:
		return 0, false
	}
	return hold(math.Ceil(ratio * float64(t.ready))), true
}

// ofPods is replicas for metrics that each pod has.
func (r *rule) ofPods(current int32, t *tally, tol tolerances) (int32, bool) {
	if t.listed == 0 || t.measured+t.strays == 0 || (r.kind == Utilization && t.measured == 0) {
		return 0, false
	}
	ratio := r.ratio(t.measured, t.sum, t)
	switch {
	case t.missing > 0 || (t.unready > 0 && ratio > 1):
		return r.guarded(current, ratio, t, tol), true
	case tol.hold(ratio):
		return current, true
	}
	return hold(math.Ceil(ratio * float64(t.measured))), true
}

// guarded reckons a second time, where pods have no metric: now they count as
// what makes the change smaller, and a change that turns round is none.
func (r *rule) guarded(current int32, ratio float64, t *tally, tol tolerances) int32 {
	measured, sum := t.measured, t.sum
	switch {
	case ratio < 1:
		measured += t.missing
		sum = plus(sum, times(t.missing, r.full()))
	case ratio > 1:
		measured += t.missing + t.unready
	}
	again := r.ratio(measured, sum, t)
	if tol.hold(again) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1) {
		return current
	}
	n := hold(math.Ceil(again * float64(measured+t.strays)))
	if (again < 1 && n > current) || (again > 1 && n < current) {
		return current
	}
	return n
}

// full is what a pod without a metric counts as on the way down.
func (r *rule) full() int64 {
	if r.kind != Utilization {
		return r.target
	}
	return times(max(100, r.target), r.request) / 100
}

// ratio returns usage over target, after the rounding that the controller does.
func (r *rule) ratio(measured, sum int64, t *tally) float64 {
	if r.kind == Utilization {
		return float64(percent(sum, times(measured, r.request))) / float64(r.target)
	}
	return float64(plus(sum, t.straysum)/(measured+t.strays)) / float64(r.target)
}

// percent returns 100·x/of, cut to an integer.
func percent(x, of int64) int32 {
	if x > math.MaxInt64/100 || x < math.MinInt64/100 {
		return hold(float64(x) / float64(of) * 100)
	}
	return hold(float64(x * 100 / of))
}

// hold returns x as an int32, or the end of the range that it is beyond. The
// controller itself wraps around in places; a metric has to be absurd for that.
func hold(x float64) int32 {
	switch {
	case x >= math.MaxInt32:
		return math.MaxInt32
	case x <= math.MinInt32:
		return math.MinInt32
	case math.IsNaN(x):
		return 0
	}
	return int32(x)
}
