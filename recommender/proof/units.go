package proof

import (
	"fmt"
	"math"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// absurd is how far above the ceiling a need shows that units do not match.
const absurd = 100

// CheckUnits looks whether the first load and what a pod carries of it may be in
// one unit. Doubt is empty if nothing speaks against it, and an error is for what
// no replay is worth.
func (c *Case) CheckUnits() (doubt string, err error) {
	top, carries := 0.0, c.Loop.PerPod[0]
	for _, v := range c.Loads[0].Values {
		if v > top {
			top = v
		}
	}
	aim, lo, hi := c.Loop.Spec.Metrics[0].Target, c.Loop.Spec.Min, c.Loop.Spec.Max
	need, least := math.Ceil(top/aim-1e-9), math.Ceil(top/carries-1e-9)
	switch {
	case top == 0:
		return "", fmt.Errorf("the load is never above 0: there is nothing to replay")
	case need > absurd*float64(hi):
		return "", fmt.Errorf("at %s a pod the largest load of %s would need %s pods, and the ceiling is %d: give what a pod carries in the unit of the load, or raise the ceiling",
			explain.Number(carries), explain.Number(top), explain.Number(need), hi)
	case need > float64(hi):
		return fmt.Sprintf("the largest load of %s needs %.0f pods at the target of %s and %.0f at the least, and the ceiling is %d; it was assumed that no more than %d are ever there",
			explain.Number(top), need, explain.Percent(aim/carries), least, hi, hi), nil
	case need <= float64(lo):
		return fmt.Sprintf("at %s a pod the largest load of %s needs %.0f pods, no more than the baseline of %d: is what a pod carries in the unit of the load?",
			explain.Number(carries), explain.Number(top), need, lo), nil
	}
	return "", nil
}
