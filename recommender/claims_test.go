package recommender

import (
	"math"
	"strconv"
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// Each method here is a claim of a message, held to the input: it returns what
// is false about it.

func (c *court) demand(m []string) string { // load, name, window, quantile, pods, capacity and headroom
	return first(
		wrong(c.span(m[3]) != c.sc.p.Window().Truncate(time.Second), "the window is %s", c.sc.p.Window()),
		c.demandNow(append(m[:3:3], m[4:]...)))
}

func (c *court) demandNow(m []string) string {
	pods, _, load, by := c.need(c.sc.in.Now)
	if by < 0 {
		return "nothing is forecast"
	}
	s := c.sc.in.Signals[by]
	q, _ := strconv.ParseFloat(m[3], 64)
	share := 0.0
	if len(m) > 6 {
		share, _ = strconv.ParseFloat(m[6], 64)
	}
	return first(
		wrong(!says(m[1], load), "the load is %g", load),
		wrong(m[2] != s.Name, "it is of %s", s.Name),
		wrong(math.Abs(q/100-c.sc.p.Quantile) > 1e-6, "the quantile is %g", c.sc.p.Quantile),
		wrong(num(m[4]) != pods, "%d are needed", pods),
		wrong(!says(m[5], s.Capacity.PerPod), "a pod carries %g", s.Capacity.PerPod),
		wrong(math.Abs(share/100-c.sc.p.Headroom) > 6e-5, "the headroom is %g", c.sc.p.Headroom),
		wrong(c.sc.in.Now.Add(c.sc.p.Window()).Before(s.Peak.Start), "no forecast reaches the window"))
}

func (c *court) present(m []string) string { // load, name, window, pods, capacity and headroom
	pods, _, load, by := c.need(c.sc.in.Now)
	if by < 0 {
		return "no load is known"
	}
	s := c.sc.in.Signals[by]
	return first(
		wrong(!says(m[1], load) || load != s.Value, "the last load was %g", s.Value),
		wrong(num(m[4]) != pods, "%d are needed", pods),
		wrong(c.span(m[3]) != c.sc.p.Window(), "the window is %s", c.sc.p.Window()),
		wrong(!c.sc.in.Now.Add(c.sc.p.Window()).Before(s.Peak.Start), "a forecast reaches the window"))
}

func (c *court) ramp(m []string) string { // pods, when, from
	at, i := c.at(m[2])
	pods, _, _, _ := c.need(at)
	reach := func(n int32) int32 {
		for range i * max(1, int(c.step/c.sc.p.StepEvery)) {
			n = c.sc.p.above(n)
		}
		return n
	}
	_, high := c.bounds(at)
	top, n := min(num(m[1]), high), num(m[3])
	return first(
		wrong(i < 1, "that is not in the future"),
		wrong(pods != num(m[1]), "%d will be", pods),
		wrong(reach(n) < top, "they reach only %d", reach(n)),
		wrong(n > 0 && reach(n-1) >= top, "one less does it"),
		wrong(c.d.Cause == explain.Ramp && n != c.d.Floor, "the floor is another"))
}

func (c *court) rampCut(m []string) string { // pods, when, by what, how many, from
	at, _ := c.at(m[2])
	_, high := c.bounds(at)
	return first(
		wrong(num(m[4]) != high || num(m[1]) <= high, "it allows %d", high),
		wrong(m[3] != c.upper(at), "it is %s", c.upper(at)),
		c.ramp([]string{"", m[1], m[2], m[5]}))
}

// upper names what bounds floors from above.
func (c *court) upper(at time.Time) string {
	if _, high := c.bounds(at); high < c.fixed[1] {
		return c.allows(at).Name
	}
	if c.sc.p.Max > 0 && c.sc.p.Max < c.sc.in.Ceiling {
		return "limits.max"
	}
	return "maxReplicas"
}

func (c *court) rounded(m []string) string { // pods, and up to
	pods, _, _, _ := c.need(c.sc.in.Now)
	bare, up := num(m[1]), num(m[2])
	return first(
		wrong(bare != max(pods, c.d.Steps[3].Out), "it was %d", pods),
		wrong(up <= bare || float64(up) > 1.05*float64(bare), "that is not a twentieth"),
		wrong(c.d.Floor > up || up > c.high, "the floor is not"))
}

func (c *court) hold(m []string) string { // needed until, hold, until
	needed := c.sc.in.Memory.NeededAt
	end := needed.Add(c.sc.p.Hold)
	return first(
		wrong(!near(c.time(m[1]), needed) || needed.After(c.sc.in.Now), "that was at %s", needed),
		wrong(c.span(m[2]) != c.sc.p.Hold, "hold is %s", c.sc.p.Hold),
		wrong(!near(c.time(m[3]), end), "that is at %s", end),
		wrong(c.d.Floor > c.from, "the floor rises"),
		c.ends(end, "is held for"))
}

func (c *court) quiet(m []string) string { // pods, when, within
	at, i := c.at(m[2])
	pods, _, _, _ := c.need(at)
	q := c.sc
	q.p.Quiet = 0
	without := Decide(q.p, q.in)
	return first(
		wrong(i < 1, "that is not in the future"),
		wrong(pods != num(m[1]), "%d will be", pods),
		wrong(c.span(m[3]) != c.sc.p.Quiet || at.Sub(c.sc.in.Now) > c.sc.p.Quiet, "that is not within %s", c.sc.p.Quiet),
		wrong(c.d.Floor > c.from, "the floor rises"),
		wrong(c.d.Cause == explain.Quiet && without.Message == c.d.Message, "without it: %s", without.Message))
}

func (c *court) smallFall(m []string) string { // to
	could := num(m[1])
	need, _, _, _ := c.need(c.sc.in.Now)
	return first(
		wrong(could >= c.from, "that is no fall"),
		wrong(could < c.low || could < need, "it could not"),
		wrong(8*(c.from-could) >= c.from, "that is an eighth of %d", c.from),
		wrong(c.d.Cause == explain.SmallFall && c.d.Floor != c.from, "it does fall"))
}

func (c *court) baseline(m []string) string {
	need, _, _, _ := c.need(c.sc.in.Now)
	return first(
		wrong(num(m[1]) != c.sc.in.Baseline, "it is %d", c.sc.in.Baseline),
		wrong(need >= c.sc.in.Baseline || c.sc.in.Baseline != c.low, "%d are needed", need))
}

func (c *court) limitsMin(m []string) string {
	need, _, _, _ := c.need(c.sc.in.Now)
	return first(
		wrong(num(m[1]) != c.sc.p.Min, "it asks for %d", c.sc.p.Min),
		wrong(c.low != c.sc.p.Min, "it gets %d", c.low),
		wrong(need >= c.low, "%d are needed", need))
}

func (c *court) limitsMinCut(m []string) string {
	need, _, _, _ := c.need(c.sc.in.Now)
	return first(
		wrong(num(m[1]) != c.sc.p.Min || c.sc.p.Min <= c.low, "it asks for %d", c.sc.p.Min),
		wrong(m[2] != c.upper(c.sc.in.Now) || num(m[3]) != c.high, "%s allows %d", c.upper(c.sc.in.Now), c.high),
		wrong(need >= c.low, "%d are needed", need))
}

// most checks that something asks for more than n.
func (c *court) most(n int32) string {
	need, _, _, _ := c.need(c.sc.in.Now)
	return first(
		wrong(need <= n && c.from <= n, "nothing asks for more: %d are needed, and %d held", need, c.from),
		wrong(need <= n && !c.has("held for") && !c.has("doubt holds") && !c.has("less than an eighth") && !c.has("quiet time"), "what asks for more is not said"))
}

func (c *court) maxReplicas(m []string) string {
	return first(
		wrong(num(m[1]) != c.sc.in.Ceiling, "it is %d", c.sc.in.Ceiling),
		wrong(c.upper(c.sc.in.Now) != "maxReplicas", "limits.max allows less"), c.most(c.high))
}

func (c *court) limitsMax(m []string) string {
	return first(
		wrong(num(m[1]) != c.sc.p.Max || c.high != c.sc.p.Max, "it is %d", c.sc.p.Max), c.most(c.high))
}

func (c *court) limitsMaxLow(m []string) string {
	return first(
		wrong(num(m[1]) != c.sc.p.Max || c.sc.p.Max >= c.sc.in.Baseline, "it is %d", c.sc.p.Max),
		wrong(num(m[2]) != c.sc.in.Baseline, "it is %d", c.sc.in.Baseline), c.most(c.high))
}

func (c *court) doubt(m []string) string {
	end := c.d.Memory.DoubtSince.Add(c.sc.p.Grace)
	return first(
		wrong(!near(c.time(m[1]), end), "that is at %s", end),
		c.ends(end, "doubt holds the floor"))
}

func (c *court) lost([]string) string {
	for _, s := range c.sc.in.Signals {
		if s.Peak == nil || s.Peak.Steps() == 0 {
			return ""
		}
		if i := int(c.sc.in.Now.Sub(s.Peak.Start) / s.Peak.Step); i >= s.Peak.Steps() {
			return ""
		}
	}
	return wrong(len(c.sc.in.Signals) > 0, "every load is forecast")
}

func (c *court) lostFor(m []string) string {
	since := c.sc.in.Now.Sub(c.sc.in.Memory.DoubtSince)
	if c.sc.in.Memory.DoubtSince.IsZero() || since < 0 {
		since = 0 // it begins now
	}
	return first(
		wrong(since < c.span(m[1]) || c.span(m[1]) != c.sc.p.Grace, "for %s, and grace is %s", since, c.sc.p.Grace), c.lost(nil))
}

func (c *court) backToForecast(m []string) string {
	need, _, _, by := c.need(c.sc.in.Now)
	return wrong(by < 0 || num(m[1]) < min(need, c.high) || num(m[1]) > c.from, "%d are needed", need)
}

func (c *court) backToLimit(m []string) string {
	return wrong(num(m[1]) != c.low || c.low == c.sc.in.Baseline, "floors begin at %d", c.low)
}

func (c *court) backToBaseline(m []string) string {
	return first(
		wrong(num(m[1]) != c.sc.in.Baseline || c.low != c.sc.in.Baseline, "floors begin at %d", c.low),
		wrong(c.d.Floor != c.sc.in.Baseline && !c.has("comes down"), "it does not"))
}

func (c *court) suspended([]string) string { return wrong(!c.sc.p.Suspend, "it is not") }

func (c *court) edgeLow(m []string) string {
	return wrong(num(m[1]) != c.sc.in.Baseline || c.d.Floor != c.sc.in.Baseline, "the floor is %d", c.d.Floor)
}

func (c *court) edgeHigh(m []string) string {
	return wrong(num(m[1]) != c.sc.in.Ceiling || c.d.Floor != c.sc.in.Ceiling, "the floor is %d", c.d.Floor)
}
