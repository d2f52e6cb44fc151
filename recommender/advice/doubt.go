package advice

import (
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A doubt is what makes an advice less sure, as a clause after "since".
type doubt struct {
	level string // that is left: Medium or Low
	why   string
}

const (
	// fewDays is how little counts to leave any doubt, and enoughDays how much
	// is enough for none: a week has days of all kinds, two have each twice.
	fewDays    = 6.5
	enoughDays = 12.5
	// mismatch is how far replayed and observed replicas may lie apart.
	mismatch = 0.25
)

// doubts of all that the study says.
func (s *study) doubts() []doubt {
	var out []doubt
	days := s.now.total.minutes / (24 * 60)
	switch {
	case days < fewDays:
		out = append(out, doubt{Low, fmt.Sprintf("only %s days count, less than a week", num(days))})
	case days < enoughDays:
		out = append(out, doubt{Medium, fmt.Sprintf("%s days count, less than two weeks", num(days))})
	}
	switch step := s.Case.Loads[0].Step; {
	case step > 5*time.Minute:
		out = append(out, doubt{Low, fmt.Sprintf("the load is known every %s only, and what an HPA lives through in between is not seen", brief(step))})
	case step > time.Minute:
		out = append(out, doubt{Medium, fmt.Sprintf("the load is known every %s only", brief(step))})
	}
	for i := range s.Case.Loads {
		if s.assumed(i) {
			out = append(out, doubt{Low, s.Assumed[i]})
			break
		}
	}
	if seen, ok := mean(s.Observed.Wanted, s.since, s.to); ok && s.now.total.minutes > 0 {
		replayed := 60 * s.now.total.podHours / s.now.total.minutes
		if math.Abs(replayed-seen) > mismatch*seen {
			out = append(out, doubt{Low, fmt.Sprintf("the replay had %s pods on average and the cluster %s: something else sets replicas, or a pod carries another load than was taken", num(replayed), num(seen))})
		}
	}
	return out
}

// assumed says whether what a pod carries of a load is not known.
func (s *study) assumed(i int) bool { return i < len(s.Assumed) && s.Assumed[i] != "" }

// notes are the doubts as sentences.
func (s *study) notes() []string {
	var out []string
	for _, d := range s.doubts() {
		out = append(out, d.why)
	}
	return out
}

// confidence says how sure a change is, and the clause why it is no surer.
func (s *study) confidence(from, to *replay) (level, why string) {
	list := s.doubts()
	for h := range from.halves {
		if s.worth(from.halves[h], to.halves[h]) <= 0 {
			list = append(list, doubt{Low, "one half of the time shows no gain"})
			break
		}
	}
	return least(list)
}

// least returns the level of the gravest doubt, and the doubt.
func least(list []doubt) (level, why string) {
	level = High
	for _, d := range list {
		if level == High || level == Medium && d.level == Low {
			level, why = d.level, d.why
		}
	}
	return level, why
}

// advise completes an advice with what came of two replays: the change if it is
// taken, and how sure that is. Facts come before those that each advice has.
func (s *study) advise(a Advice, from, to *replay, facts ...Fact) Advice {
	w, b := from.week(), to.week()
	a.PodHours, a.ShortMinutes = b.PodHours-w.PodHours, b.ShortMinutes-w.ShortMinutes
	a.Worth = s.worth(from.total, to.total)
	a.Evidence = append(facts,
		Fact{"pod-hours now", w.PodHours, "pod-hours/week"}, Fact{"pod-hours then", b.PodHours, "pod-hours/week"},
		Fact{"short now", w.ShortMinutes, "min/week"}, Fact{"short then", b.ShortMinutes, "min/week"},
		Fact{"replayed", from.total.minutes / (24 * 60), "days"},
	)
	var why string
	if a.Kind == Flapping || a.Kind == RequestsMeaningless { // not for the sake of pod-hours or short minutes
		a.Confidence, why = least(s.doubts())
	} else {
		a.Confidence, why = s.confidence(from, to)
	}
	if why != "" {
		a.Why += fmt.Sprintf(" Confidence is %s, since %s.", a.Confidence, why)
	}
	return a
}

// mean of the known samples of a series within a time; false if there is none.
func mean(x forecast.Series, from, to time.Time) (float64, bool) {
	if x.Step <= 0 {
		return 0, false
	}
	sum, n := 0.0, 0.0
	for _, v := range x.Between(from, to).Values {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / n, n > 0
}
