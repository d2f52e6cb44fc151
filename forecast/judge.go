package forecast

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A Share is how much an expert counts in a forecast.
type Share struct {
	Name  string
	Shown string  // what it does, as a phrase for users
	Near  float64 // share of the forecast up to half an hour ahead …
	Mid   float64 // … to three hours …
	Far   float64 // … and beyond; each adds up to one over the experts
}

const (
	nearHorizon = 30 * time.Minute
	midHorizon  = 3 * time.Hour
)

var anchorNames = [bases]struct{ name, shown string }{
	baseDay:    {"yesterday", "yesterday at the same time"},
	baseDays:   {"days", "the same time of earlier days"},
	baseWeek:   {"last-week", "the same time of the last day of this kind"},
	baseWeeks:  {"weeks", "the same time of earlier days of this kind"},
	baseBoth:   {"days-and-weeks", "the same time of earlier days and of those of this kind"},
	baseRecent: {"recent", "the mean of the last 24 hours"},
	basePeriod: {"period", "the same phase of a shorter period"},
}

func (e *expert) name() string {
	switch {
	case e.wide && e.isLog:
		return "regression-log"
	case e.wide:
		return "regression"
	case e.isLog:
		return anchorNames[e.anchor].name + "-log"
	}
	return anchorNames[e.anchor].name
}

func (e *expert) shown() string {
	switch {
	case e.wide && e.isLog:
		return "a regression of the logarithm on recent levels, yesterday, the day before and last week"
	case e.wide:
		return "a regression on recent levels, yesterday, the day before and last week"
	case e.isLog:
		return anchorNames[e.anchor].shown + ", times the present level"
	}
	return anchorNames[e.anchor].shown + ", plus the present level"
}

// Shares returns how much each expert counts, the largest first; those that
// count nowhere are left out, but for external models that were admitted.
func (m *Model) Shares() []Share {
	var list []Share
	for k := range m.experts {
		s := Share{Name: m.experts[k].name(), Shown: m.experts[k].shown()}
		var counts [ranges]float64
		for g, h := range m.grid {
			r := rangeOf(time.Duration(h) * m.step)
			*[ranges]*float64{&s.Near, &s.Mid, &s.Far}[r] += m.share[g][k]
			counts[r]++
		}
		for i, v := range []*float64{&s.Near, &s.Mid, &s.Far} {
			*v /= max(counts[i], 1)
		}
		if s.Near+s.Mid+s.Far > 0 {
			list = append(list, s)
		}
	}
	for _, g := range m.external {
		for i := range list {
			list[i].Near *= 1 - g.weight[0]
			list[i].Mid *= 1 - g.weight[1]
			list[i].Far *= 1 - g.weight[2]
		}
		list = append(list, Share{g.name, "the expert " + g.name, g.weight[0], g.weight[1], g.weight[2]})
	}
	slices.SortStableFunc(list, func(a, b Share) int {
		return cmp.Compare(b.Near+b.Mid+b.Far, a.Near+a.Mid+a.Far)
	})
	return list
}

// Method returns how the forecast is made, as a phrase for users.
func (m *Model) Method() string {
	list := m.Shares()
	var names []string
	for _, s := range list[:min(3, len(list))] {
		names = append(names, fmt.Sprintf("%s (%.0f%%)", s.Shown, 100*m.meanShare(s)))
	}
	more := ""
	if len(list) > 3 {
		more = fmt.Sprintf(" and %d more", len(list)-3)
	}
	return fmt.Sprintf("%s%s; quantiles from %d held-out errors", strings.Join(names, ", "), more, m.tried)
}

// meanShare weighs the three ranges of horizons alike, as far as there are any.
func (m *Model) meanShare(s Share) float64 {
	n, last := 1.0, time.Duration(m.grid[len(m.grid)-1])*m.step
	if last > nearHorizon && m.step <= nearHorizon {
		n++
	}
	if last > midHorizon {
		n++
	}
	return min(1, (s.Near+s.Mid+s.Far)/n)
}

const (
	// A load is intermittent if so much of it is zero.
	intermittentShare = 0.3
	// noGain is the share of the recent mean's error that a forecast has to stay
	// under, half a day ahead, to have foreseen anything.
	noGain = 0.95
)

// judge says what a user should know before relying on the forecast.
func (w *workspace) judge(l *learned) {
	zero, known := 0, 0
	for _, v := range w.actual {
		if v == v {
			known++
			if v == 0 {
				zero++
			}
		}
	}
	if float64(zero) > intermittentShare*float64(known) {
		w.found = append(w.found, Finding{Kind: FoundSparse, Detail: fmt.Sprintf(
			"the load is zero for %.0f%% of the time: the median says little, look at the upper quantiles", 100*float64(zero)/float64(known))})
	}
	if !w.seasonal() {
		return
	}
	own, mean := 0.0, 0.0
	for g, h := range l.grid {
		if h < w.day/8 {
			continue
		}
		for i, t := range w.origins {
			if t+h >= w.n {
				continue
			}
			e, r := math.Abs(w.actual[t+h]-w.mixed[g][i]), math.Abs(w.actual[t+h]-w.lin.base[baseRecent][t+1])
			if e == e && r == r {
				own += w.recent[i] * e
				mean += w.recent[i] * r
			}
		}
	}
	if mean > 0 && own > noGain*mean {
		w.found = append(w.found, Finding{Kind: FoundNoSeason, Detail: fmt.Sprintf(
			"hours ahead the load is hardly predictable: forecasts were off by %.0f%% of what the mean of the last day is off by", 100*own/mean)})
	}
}
