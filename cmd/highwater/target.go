package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// targetValue makes a flag of an HPA's target: a share of what a pod carries, as
// 70%, or the load that each pod should have, as 85.
type targetValue struct {
	share bool
	value float64
}

func (t *targetValue) Type() string { return "target" }

func (t *targetValue) String() string {
	if t.share {
		return strconv.FormatFloat(100*t.value, 'g', 6, 64) + "%"
	}
	return strconv.FormatFloat(t.value, 'g', -1, 64)
}

// Set implements pflag.Value.
func (t *targetValue) Set(text string) error {
	number, share := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(v > 0 && v <= 1e15) {
		return fmt.Errorf("%q: write it as 70%%, or as the load that each pod should have, such as 85", text)
	}
	if *t = (targetValue{share, v}); share {
		t.value /= 100
	}
	return nil
}

// load returns the load that each pod should have, where one carries so much.
func (t *targetValue) load(capacity float64) (float64, error) {
	aim := t.value
	if t.share {
		aim *= capacity
	}
	if aim > capacity {
		return 0, fmt.Errorf("--target %s: more than the %s that a pod carries", t, explain.Number(capacity))
	}
	return aim, nil
}
