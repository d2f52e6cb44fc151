package fleet

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// A Target is what an HPA aims at: a share of what a pod carries, or a load for
// each pod. One of the two is 0.
type Target struct{ Share, Load float64 }

// ParseTarget reads 70%, or the load that each pod should have, as 85.
func ParseTarget(text string) (Target, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	switch {
	case err != nil || !(v > 0) || math.IsInf(v, 0):
		return Target{}, fmt.Errorf("%q: write it as 70%%, or as the load that each pod should have, such as 85", text)
	case percent:
		return Target{Share: v / 100}, nil
	}
	return Target{Load: v}, nil
}

// The shares of what a pod carries that a target may be.
const (
	leastShare = 0.01
	leastLoad  = 0.05 // of a target that is a load: one that is less was meant to be a share
	mostShare  = 2
)

// PerPod is the target as a load for each pod, of pods that carry full. It is an
// error if that is no sensible share of it.
func (t Target) PerPod(full float64) (float64, error) {
	load := t.Load
	if t.Share > 0 {
		load = t.Share * full
	}
	share := load / full
	switch {
	case t.Load > 0 && share < leastLoad:
		return 0, fmt.Errorf("%s for each pod is %.2g %% of what a pod carries; write %.3g%% if a share is meant", explain.Quantity(t.Load, ""), 100*share, 100*t.Load)
	case !(share > leastShare && share <= mostShare):
		return 0, fmt.Errorf("it is %.3g %% of what a pod carries; make it more than 1 %% and at most 200 %%", 100*share)
	}
	return load, nil
}
