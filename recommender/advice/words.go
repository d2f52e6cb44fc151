package advice

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// num writes a number for people: about three digits, thousands apart.
func num(x float64) string {
	switch a := math.Abs(x); {
	case a >= 999.5:
		return thousands(strconv.FormatFloat(math.Round(x), 'f', 0, 64))
	case a >= 99.95:
		return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	case a >= 9.995:
		return trimmed(x, 1)
	default:
		return trimmed(x, 2)
	}
}

func trimmed(x float64, digits int) string {
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// percent writes a share; one that is not 0 is never written as 0.
func percent(x float64) string {
	if x != 0 && math.Abs(x) < 0.00005 {
		return "less than 0.01 %"
	}
	digits := 0
	if math.Abs(x) < 0.0995 {
		digits = 1
	}
	if math.Abs(x) < 0.00995 {
		digits = 2
	}
	return trimmed(100*x, digits) + " %"
}

// quantity writes a number as a Kubernetes quantity of three digits.
func quantity(x float64) string {
	if x < 0.9995 {
		return strconv.Itoa(int(math.Round(x*1000))) + "m"
	}
	digits := max(0, 2-int(math.Floor(math.Log10(x))))
	return trimmed(x, digits)
}

// threeDigits rounds as quantity does, so that what is proposed is what was replayed.
func threeDigits(x float64) float64 {
	if x < 0.9995 {
		return math.Max(1, math.Round(x*1000)) / 1000
	}
	scale := math.Pow(10, math.Max(0, 2-math.Floor(math.Log10(x))))
	return math.Round(x*scale) / scale
}

// minutesAWeek writes how long a workload is short in a week.
func minutesAWeek(x float64) string {
	switch {
	case x == 0:
		return "at no time"
	case math.Round(x*100) == 100:
		return "for 1 minute a week"
	}
	return "for " + num(x) + " minutes a week"
}

// outcome says what a change brings, as "that takes …".
func outcome(from, to *replay) string {
	a, b := from.week(), to.week()
	pods := fmt.Sprintf("%s pod-hours a week", num(a.PodHours))
	if num(a.PodHours) != num(b.PodHours) {
		more := "more"
		d := b.PodHours/a.PodHours - 1
		if d < 0 {
			more = "fewer"
		}
		pods = fmt.Sprintf("%s pod-hours a week instead of %s (%s %s)", num(b.PodHours), num(a.PodHours), percent(math.Abs(d)), more)
	}
	short := fmt.Sprintf("is short %s, as before", minutesAWeek(a.ShortMinutes))
	switch {
	case num(a.ShortMinutes) == num(b.ShortMinutes):
	case a.ShortMinutes == 0:
		short = fmt.Sprintf("is short %s instead of never", minutesAWeek(b.ShortMinutes))
	case b.ShortMinutes == 0:
		short = fmt.Sprintf("is never short, instead of %s", minutesAWeek(a.ShortMinutes))
	default:
		short = fmt.Sprintf("is short %s instead of %s", minutesAWeek(b.ShortMinutes), num(a.ShortMinutes))
	}
	return "that takes " + pods + ", and the workload " + short
}

// seconds writes a duration as the API does.
func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

// brief writes a duration without what is zero: "5m", "1h30m".
func brief(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// field names what a metric is compared with.
func (s *study) field(i int) string {
	if i < len(s.Fields) && s.Fields[i] != "" {
		return s.Fields[i]
	}
	m := s.Case.Loop.Spec.Metrics[i]
	last := map[simulate.Kind]string{
		simulate.Utilization: "averageUtilization", simulate.AverageValue: "averageValue", simulate.Value: "value",
	}[m.Kind]
	source := "external"
	switch {
	case m.Source == simulate.Resource, m.Source == simulate.Memory, m.Source == "" && m.Kind == simulate.Utilization:
		source = "resource"
	case m.Source == simulate.Pods:
		source = "pods"
	case m.Source == simulate.Object:
		source = "object"
	}
	return fmt.Sprintf("spec.metrics[%d].%s.target.%s", i, source, last)
}

// String is the fact for people: "short now: 207 min/week".
func (f Fact) String() string {
	switch f.Unit {
	case "":
		return f.Name + ": " + num(f.Value)
	case "%":
		return f.Name + ": " + percent(f.Value/100)
	}
	return f.Name + ": " + num(f.Value) + " " + f.Unit
}

// String is the week for people.
func (w Week) String() string {
	return num(w.PodHours) + " pod-hours a week, short " + minutesAWeek(w.ShortMinutes)
}

// Change says what the advice brings in a week.
func (a Advice) Change() string {
	return signed(a.PodHours) + " pod-hours and " + signed(a.ShortMinutes) + " short minutes a week"
}

func signed(x float64) string {
	switch s := num(math.Abs(x)); {
	case s == "0":
		return "±0"
	case x < 0:
		return "−" + s
	default:
		return "+" + s
	}
}
