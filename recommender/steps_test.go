package recommender

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var rounded = regexp.MustCompile(`^(\d+) are rounded up`)

func (c *court) up(m []string) string { // towards, share, pods, each and never more than
	share, _ := strconv.ParseFloat(m[2], 64)
	most := max(math.Ceil(float64(c.from)*(share+0.005)/100), float64(num(m[3])))
	if len(m) > 5 {
		most = min(most, float64(num(m[5])))
	}
	return first(
		wrong(num(m[3]) != c.sc.p.MinStepUp || len(m) > 5 != (c.sc.p.MaxStepUp > 0), "the policy says otherwise"),
		wrong(c.span(m[4]) != c.sc.p.StepEvery, "that is %s", c.sc.p.StepEvery),
		wrong(float64(c.d.Floor) > float64(c.from)+most && c.d.Floor > c.sc.in.Baseline, "it went from %d to %d", c.from, c.d.Floor),
		wrong(c.d.Floor <= c.from && c.from < c.sc.in.Ceiling, "it did not rise from %d", c.from),
		c.towards(m))
}

func (c *court) down(m []string) string { // towards, share, each and at once
	share, _ := strconv.ParseFloat(m[2], 64)
	n, steps := float64(c.from), 1
	if len(m) > 4 {
		steps = int(num(m[4]))
	}
	for range steps {
		n -= max(1, math.Ceil(n*(share+0.005)/100))
	}
	return first(
		wrong(math.Abs(share/100-c.sc.p.StepDown) > 6e-5, "it is %g", c.sc.p.StepDown),
		wrong(c.span(m[3]) != c.sc.p.StepEvery, "that is %s", c.sc.p.StepEvery),
		wrong(float64(c.d.Floor) < n && c.d.Floor != c.sc.in.Ceiling, "it fell from %d to %d", c.from, c.d.Floor),
		wrong(c.d.Floor >= c.from, "it did not fall from %d", c.from),
		c.towards(m))
}

// towards walks on and sees where the steps end, if all else stays what it is.
func (c *court) towards(m []string) string {
	goal := num(m[1])
	if goal < c.low || goal > c.high || goal == c.d.Floor {
		return "it does not lead there"
	}
	d := c.d
	for i := range 400 {
		in := c.sc.later(time.Duration(i+1) * c.sc.p.StepEvery)
		in.Floor, in.Memory = d.Floor, d.Memory
		next := Decide(c.sc.p, in)
		for _, ends := range []string{"is held for", "doubt holds"} {
			if c.has(ends) && !strings.Contains(next.Message, ends) {
				return "" // what was held until then is over
			}
		}
		if goal > c.from && next.Floor < d.Floor || goal < c.from && next.Floor > d.Floor {
			return "it turns round: " + next.Message
		}
		if d = next; d.Floor == goal {
			return ""
		}
	}
	if i := slices.IndexFunc(c.clauses, rounded.MatchString); i >= 0 && d.Floor >= num(rounded.FindStringSubmatch(c.clauses[i])[1]) && goal > c.from {
		return "" // what is needed is reached without the rounding
	}
	if goal < c.from && d.Floor > goal && 8*(d.Floor-goal) < d.Floor {
		return "" // what is left is not worth a change
	}
	return "it ends at another: " + d.Message
}

func (c *court) next(m []string) string { // towards, when
	due := c.time(m[2])
	wait := due.Sub(c.sc.in.Now)
	if wait <= 0 || c.d.Floor != c.from {
		return "it is not in the future"
	}
	if wait > time.Second {
		if d := c.later(wait - time.Second); d.Floor != c.d.Floor {
			return "it was due a second before: " + d.Message
		}
	}
	if d := c.later(wait); d.Floor == c.d.Floor {
		return "it is not due then: " + d.Message
	}
	return c.towards(m)
}
