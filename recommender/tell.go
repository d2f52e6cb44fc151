package recommender

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A teller puts a decision into words.
type teller struct {
	d    *Decision
	p    Policy
	in   Input
	b    bounds
	from int32                // the floor that the step was taken from
	goal Peak                 // what a ramp prepares for: the pods and when they are needed
	lost *forecast.NoForecast // nil without doubt
}

// steps lists the stages with a note on each that changed the number, and
// names the last of those.
func (t *teller) steps(s *settling) (list []Step, bound string) {
	in := int32(0)
	for i, stage := range stageOrder {
		step := Step{Name: stage.name, In: in, Out: s.outs[i]}
		if step.Out != in {
			step.Note, bound = t.note(stage.name, step.Out), stage.name
		}
		list = append(list, step)
		in = step.Out
	}
	return list, bound
}

func (t *teller) note(stage string, out int32) string {
	d, p := t.d, t.p
	switch stage {
	case StepDemand:
		if p.Suspend {
			return "suspended: " + t.b.lowName
		}
		return fmt.Sprintf("%s of %s at p%g within %s, %s a pod", quantity(d.Load, d.Capacity.Unit), d.Signal,
			p.Quantile*100, span(p.Window()), quantity(d.Capacity.PerPod, d.Capacity.Unit))
	case StepHeadroom:
		return percent(p.Headroom) + " headroom"
	case StepRamp:
		return fmt.Sprintf("%s are needed by %s, so the floor begins early to rise in steps of %s",
			podsText(t.goal.Pods), clock(t.goal.Time), percent(p.StepUp))
	case StepStabilise:
		if t.lost != nil {
			return fmt.Sprintf("no forecast since %s; doubt holds the floor for %s", clock(d.Memory.DoubtSince), span(p.Grace))
		}
		return fmt.Sprintf("needed until %s, held for %s", clock(d.Memory.NeededAt), span(p.Hold))
	case StepRate:
		if out >= t.from {
			return fmt.Sprintf("up from %d by at most %s or %s in %s", t.from, percent(p.StepUp), podsText(p.MinStepUp), span(p.StepEvery))
		}
		return fmt.Sprintf("down from %d by at most %s or 1 pod in %s", t.from, percent(p.StepDown), span(p.StepEvery))
	case StepClamp:
		if out == t.b.high {
			return fmt.Sprintf("%s is %d", t.b.highName, t.b.high)
		}
		return fmt.Sprintf("%s is %d", t.b.lowName, t.b.low)
	}
	return ""
}

// message tells the decision in one sentence.
func (t *teller) message() string {
	head := fmt.Sprintf("floor %d", t.d.Floor)
	if t.d.Floor != t.in.Baseline {
		head += fmt.Sprintf(" (baseline %d)", t.in.Baseline)
	}
	return head + ": " + t.because()
}

func (t *teller) because() string {
	d, p := t.d, t.p
	demand := "nothing is known of what is coming"
	if d.Signal != "" {
		demand = fmt.Sprintf("%s of %s may come within %s (p%g), which needs %s of %s each",
			quantity(d.Load, d.Capacity.Unit), d.Signal, span(p.Window()), p.Quantile*100,
			podsText(d.Needed), quantity(d.Capacity.PerPod, d.Capacity.Unit))
	}
	lost := "no forecast"
	if t.lost != nil {
		lost = fmt.Sprintf("no forecast (%s): %s", t.lost.Reason, t.lost.Detail)
	}
	switch d.Reason {
	case ReasonRampUp:
		if d.Needed >= d.Floor {
			return demand + "; it rises in steps"
		}
		return fmt.Sprintf("%s will be needed at %s; it rises early, in steps", podsText(t.goal.Pods), clock(t.goal.Time))
	case ReasonRampDown:
		return demand + "; it comes down in steps"
	case ReasonHold:
		return fmt.Sprintf("%s; it was needed until %s and is held for %s", demand, clock(d.Memory.NeededAt), span(p.Hold))
	case ReasonCeiling:
		return demand + "; " + t.b.highName + " allows no more"
	case ReasonLimit:
		if d.Floor == t.b.low && d.Needed < d.Floor {
			return demand + "; " + t.b.lowName + " asks for more"
		}
		return demand + "; " + t.b.highName + " allows no more"
	case ReasonDoubt:
		return fmt.Sprintf("%s; doubt holds the floor until %s", lost, clock(d.Memory.DoubtSince.Add(p.Grace)))
	case ReasonDoubtOver:
		return fmt.Sprintf("%s, for longer than %s; it goes back to the baseline in steps", lost, span(p.Grace))
	case ReasonNoForecast:
		return lost
	case ReasonSuspended:
		if d.Floor > t.in.Baseline {
			return "suspended; it goes back to the baseline in steps"
		}
		return "suspended"
	}
	return demand
}

func podsText(n int32) string {
	if n == 1 {
		return "1 pod"
	}
	return strconv.Itoa(int(n)) + " pods"
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

func percent(share float64) string { return fmt.Sprintf("%g %%", math.Round(share*1e4)/100) }

// span writes a duration as people do: "90 s", "7 min", "1 h 30 min".
func span(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 120 && s%60 != 0 || s == 0:
		return fmt.Sprintf("%d s", s)
	case s < 3600 && s%60 != 0:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case s < 3600:
		return fmt.Sprintf("%d min", s/60)
	case s%3600 < 60:
		return fmt.Sprintf("%d h", s/3600)
	}
	return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
}

// quantity writes a load with its unit, to three digits.
func quantity(x float64, unit string) string {
	if unit == "bytes" {
		units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
		for x >= 1024 && len(units) > 1 {
			x, units = x/1024, units[1:]
		}
		return digits(x) + " " + units[0]
	}
	// Thousands are still read at a glance; more are not.
	units := []string{"", "k", "M", "G", "T"}
	for x >= 10_000 && len(units) > 1 {
		x, units = x/1000, units[1:]
	}
	return strings.TrimSpace(digits(x) + " " + strings.TrimSpace(units[0]+" "+unit))
}

// digits writes x to three significant digits, without an exponent unless it is tiny.
func digits(x float64) string {
	places := 0
	switch {
	case x != 0 && x < 0.001:
		return strconv.FormatFloat(x, 'g', 2, 64)
	case x < 1:
		places = 3
	case x < 10:
		places = 2
	case x < 100:
		places = 1
	}
	text := strconv.FormatFloat(x, 'f', places, 64)
	if places > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
