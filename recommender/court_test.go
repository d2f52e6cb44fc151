package recommender

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// A court holds the words of a decision to what it was made from. It reads
// forecasts by itself, not with the code that made the decision.
type court struct {
	sc        scene
	d         Decision
	from      int32 // the floor that the step was taken from
	low, high int32
	fixed     [2]int32 // low and high without a schedule
	step      time.Duration
	clauses   []string
}

func newCourt(sc scene, d Decision) *court {
	c := &court{sc: sc, d: d, from: sc.in.Floor, low: sc.in.Baseline, high: sc.in.Ceiling, step: sc.p.StepEvery}
	if sc.p.Mode == Observe && sc.in.Memory.Floor > 0 {
		c.from = sc.in.Memory.Floor
	}
	if sc.p.Max > 0 {
		c.high = max(min(c.high, sc.p.Max), sc.in.Baseline)
	}
	if !sc.p.Suspend {
		c.low = min(max(c.low, sc.p.Min), c.high)
	}
	c.fixed = [2]int32{c.low, c.high}
	c.low, c.high = c.bounds(sc.in.Now)
	for _, s := range sc.in.Signals {
		if s.Peak != nil {
			c.step = max(c.step, s.Peak.Step)
		}
	}
	return c
}

// need returns what the load of the window that begins at t needs.
func (c *court) need(t time.Time) (pods, bare int32, load float64, by int) {
	by = -1
	for k, s := range c.sc.in.Signals {
		if s.Peak == nil || s.Peak.Steps() == 0 {
			continue
		}
		v := s.Value
		if !t.Add(c.sc.p.Window()).Before(s.Peak.Start) {
			i := 0
			if t.After(s.Peak.Start) {
				i = int(t.Sub(s.Peak.Start) / s.Peak.Step)
			}
			if i >= s.Peak.Steps() {
				continue
			}
			v = s.Peak.Value(i, c.sc.p.Quantile)
		}
		count := func(v float64) int32 { return int32(math.Ceil(v/s.Capacity.PerPod - 1e-6*max(1, v/s.Capacity.PerPod))) }
		if n := count(v * (1 + c.sc.p.Headroom)); by < 0 || n > pods {
			pods, bare, load, by = max(n, 0), max(count(v), 0), v, k
		}
	}
	return pods, bare, load, by
}

// at returns the time of the curve that is written as text.
func (c *court) at(text string) (time.Time, int) {
	i := int(math.Round(float64(c.time(text).Sub(c.sc.in.Now)) / float64(c.step)))
	return c.sc.in.Now.Add(time.Duration(i) * c.step), i
}

// time reads a time as somebody does who knows what time it is.
func (c *court) time(text string) time.Time {
	now := c.sc.in.Now.UTC()
	for _, layout := range []string{"15:04:05 UTC", "2 Jan 15:04:05 UTC", "2 Jan 2006 15:04:05 UTC"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t.Year() == 0 && strings.Count(text, " ") == 1 {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
		}
		if t.Year() == 0 {
			t = t.AddDate(now.Year(), 0, 0)
		}
		return t
	}
	panic("no time: " + text)
}

func (c *court) span(text string) time.Duration {
	d, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m").Replace(text))
	if err != nil {
		panic(err)
	}
	return d
}

func num(text string) int32 {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return int32(n)
}

// says whether text is x in three digits.
func says(text string, x float64) bool {
	number, unit, _ := strings.Cut(text, " ")
	factor := 1.0
	if n, ok := map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[number[len(number)-1:]]; ok {
		factor, number = n, number[:len(number)-1]
	}
	factor *= max(1, map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit])
	v, err := strconv.ParseFloat(number, 64)
	return err == nil && math.Abs(v*factor-x) <= 0.0051*math.Abs(x)+1e-12 || math.Abs(v*factor-x) <= 0.00051
}

// later decides again after d, as if all else stayed what it is and this
// decision was carried out.
func (c *court) later(d time.Duration) Decision {
	in := c.sc.later(d)
	in.Floor, in.Memory = c.d.Floor, c.d.Memory
	return Decide(c.sc.p, in)
}

// ends checks that the clause that begins so is still said just before t, and
// no more at t.
func (c *court) ends(t time.Time, words string) string {
	until := t.Sub(c.sc.in.Now)
	if until <= 0 {
		return "it is not in the future"
	}
	if d := c.later(until - 1); !strings.Contains(d.Message, words) {
		return "just before it is something else: " + d.Message
	}
	if d := c.later(until); strings.Contains(d.Message, words) {
		return "it still is then: " + d.Message
	}
	return ""
}

// near says whether a time in words, by the second, is t.
func near(said, t time.Time) bool {
	d := said.Sub(t)
	return d > -time.Second && d < time.Second
}

func (c *court) has(words string) bool {
	return slices.ContainsFunc(c.clauses, func(x string) bool { return strings.Contains(x, words) })
}

func wrong(bad bool, format string, args ...any) string {
	if bad {
		return fmt.Sprintf(format, args...)
	}
	return ""
}

func first(faults ...string) string {
	for _, f := range faults {
		if f != "" {
			return f
		}
	}
	return ""
}

// stageOf are the stages that a cause may be bound by, if they changed the
// number.
var stageOf = map[explain.Cause]string{
	explain.Hold: StepStabilise, explain.Quiet: StepStabilise, explain.SmallFall: StepStabilise, explain.Doubt: StepStabilise,
	explain.RoundedUp: StepStabilise + StepClamp, explain.Need: StepDemand, explain.Headroom: StepHeadroom, explain.Ramp: StepRamp,
	explain.StepUp: StepRate, explain.StepDown: StepRate, explain.StepNotDue: StepRate, explain.StepsGathered: StepRate,
	explain.MaxReplicas: StepClamp, explain.LimitsMax: StepClamp, explain.LimitsMin: StepClamp, explain.Baseline: StepClamp,
	explain.ScheduledMin: StepClamp + StepDemand, explain.ScheduledMax: StepClamp, explain.OnlySchedules: StepDemand + StepRate + StepClamp,
	explain.NoForecast: StepClamp, explain.DoubtOver: StepClamp + StepDemand + StepHeadroom + StepRamp + StepRate, explain.Suspended: StepDemand + StepRate,
}

// bound checks that the stage that bound is the one that the cause is about,
// and that the notes go with their stages.
func (c *court) bound() string {
	last := ""
	for _, s := range c.d.Steps {
		if s.In != s.Out {
			last = s.Name
			if s.Note == "" {
				return s.Name + " changed the number and says nothing"
			}
		} else if s.Note != "" {
			return s.Name + " changed nothing, but says: " + s.Note
		}
	}
	if last != c.d.Bound {
		return "another stage was the last to change the number: " + last
	}
	need, _, _, _ := c.need(c.sc.in.Now)
	if last == "" || strings.Contains(stageOf[c.d.Cause], last) || max(need, c.d.Steps[3].Out) == c.high && last == StepClamp || c.d.Floor == c.d.Steps[4].Out {
		return ""
	}
	return fmt.Sprintf("the cause is %s", c.d.Cause)
}

// reason checks the one word against the numbers.
func (c *court) reason() string {
	need, _, _, by := c.need(c.sc.in.Now)
	floor, from := c.d.Floor, c.from
	switch c.d.Reason {
	case ReasonBaseline:
		return wrong(floor != c.sc.in.Baseline, "Baseline, but the floor is not")
	case ReasonPeak:
		return wrong(floor < need || floor <= c.sc.in.Baseline, "PredictedPeak, but %d are needed", need)
	case ReasonRampUp:
		return wrong(c.has("comes down"), "RampingUp, but it comes down")
	case ReasonRampDown:
		return wrong(floor > max(from, c.sc.in.Baseline) || !c.has("comes down"), "RampingDown, but it does not")
	case ReasonHold:
		return wrong(floor > from || floor <= need, "Holding %d, but %d are needed", floor, need)
	case ReasonCeiling:
		return wrong(floor != c.sc.in.Ceiling || need <= floor, "AtCeiling, but %d are needed", need)
	case ReasonLimit:
		return wrong(floor != c.low && floor != c.high, "AtLimit, but it is not")
	case ReasonScheduled:
		return wrong(len(c.sc.in.Scheduled) == 0 || floor != c.low && floor != c.high, "Scheduled, but it is not")
	case ReasonNoForecast:
		return wrong(by >= 0 || floor != c.low, "NoForecast, but there is one")
	case ReasonSuspended:
		return wrong(!c.sc.p.Suspend, "Suspended, but it is not")
	case ReasonDoubt, ReasonDoubtOver:
		return wrong(!c.has("lost"), "nothing is in doubt")
	}
	return "an unknown reason: " + string(c.d.Reason)
}
