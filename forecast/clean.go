package forecast

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A FindingKind says in one word what was found in a history.
type FindingKind string

// What may be found in a history.
const (
	FoundOutage   FindingKind = "Outage"        // measured next to nothing where there always was something
	FoundCapped   FindingKind = "Capped"        // the load stops at a ceiling: the demand may have been higher
	FoundStep     FindingKind = "LevelChange"   // the load went to another level and stayed
	FoundSparse   FindingKind = "Intermittent"  // mostly zero
	FoundNoSeason FindingKind = "Unpredictable" // no forecast beats the recent mean
)

// A Finding is something about a history that a user would want to know, and
// what was made of it.
type Finding struct {
	Kind     FindingKind
	From, To time.Time // where it was; zero if everywhere
	Detail   string    // a sentence for the user
}

const (
	// An outage lasts at most half a day; what lasts longer is a new level.
	maxOutage = 12 * time.Hour
	// It lasts at least five minutes, and three samples where they are that close.
	minOutage, minOutageSamples = 5 * time.Minute, 3
	// A time of the day at which others saw less than this part of the median load
	// is a quiet one: no outage can be told from it.
	quietShare = 0.1
	// outageShare of the second smallest load of the same time on other days is
	// less than any quiet day explains.
	outageShare = 0.3
	// capShare of the samples within capWidth of the largest are a ceiling, if
	// fewer lie just below.
	capShare, capWidth = 0.03, 0.002
)

func (f *frame) time(i int) time.Time { return f.start.Add(time.Duration(i) * f.step) }

// maskOutages makes the samples unknown that lie far below what the same time
// of all other days saw, for half a day at most; middle is the median load.
// Missing is not zero, and a dead exporter is not a quiet night. Nights that are
// always quiet, and loads that are often zero, are no outages by this rule.
func (f *frame) maskOutages(middle float64) {
	if f.day < 2 || f.n < 4*f.day {
		return
	}
	if cap(f.mask) < f.n {
		f.mask = make([]bool, f.n, f.n+f.n/8)
	}
	mask := f.mask[:f.n]
	for phase := range f.day {
		f.belowOthers(phase, quietShare*middle, mask)
	}
	longest, shortest := int(maxOutage/f.step), max(1, steps(minOutage, 0, f.step))
	if f.step < 15*time.Minute {
		shortest = max(shortest, minOutageSamples)
	}
	for i := 0; i < f.n; i++ {
		if !mask[i] {
			continue
		}
		j := i
		for j < f.n && (mask[j] || f.y[j] != f.y[j]) {
			j++
		}
		if j-i >= shortest && j-i <= longest && f.dropsAt(i) {
			f.forget(i, j)
		}
		i = j
	}
}

// dropsAt says that the load fell to less than half at index i: a dead exporter
// does not fade.
func (f *frame) dropsAt(i int) bool {
	for k, within := i-1, max(1, int(time.Hour/f.step)); k >= max(0, i-within); k-- {
		if v := f.y[k]; v == v {
			return f.y[i] < v/2
		}
	}
	return false
}

// belowOthers marks the samples at one time of the day that lie under
// outageShare of the second smallest on all other days, if that is no quiet
// time.
func (f *frame) belowOthers(phase int, quiet float64, mask []bool) {
	first, second, third, n := math.Inf(1), math.Inf(1), math.Inf(1), 0
	for i := phase; i < f.n; i += f.day {
		v := f.y[i]
		switch {
		case v != v:
			continue
		case v < first:
			first, second, third = v, first, second
		case v < second:
			second, third = v, second
		case v < third:
			third = v
		}
		n++
	}
	for i := phase; i < f.n; i += f.day {
		v, other := f.y[i], second // the second smallest of the others
		if v <= second {
			other = third
		}
		mask[i] = n >= 4 && v < outageShare*other && other > quiet && !math.IsInf(other, 1) && !f.lowAWeekFrom(i, other)
	}
}

// lowAWeekFrom says that the load was or is low a week from index i too: some
// days of the week are like that.
func (f *frame) lowAWeekFrom(i int, usual float64) bool {
	for _, k := range [...]int{i - 7*f.day, i + 7*f.day} {
		if k >= 0 && k < f.n && f.y[k] < usual/2 {
			return true
		}
	}
	return false
}

func (f *frame) forget(from, to int) {
	for k := from; k < to; k++ {
		f.y[k] = math.NaN()
	}
	f.found = append(f.found, Finding{FoundOutage, f.time(from), f.time(to - 1), fmt.Sprintf(
		"from %s for %s the load was less than a third of what every other day had at that time: taken for an outage, and not learned from",
		f.time(from).UTC().Format("2 Jan 15:04 UTC"), strings.TrimSuffix((time.Duration(to-from)*f.step).Round(time.Minute).String(), "0s"))})
}

// winsorise lowers absurd outliers in what forecasts are made from, so that
// one of them does not rule the sums of squares. The errors that quantiles
// come from are measured against a load that is lowered much less.
func (f *frame) winsorise(limit float64) {
	for i, v := range f.y {
		if v > limit {
			f.y[i] = limit
		}
	}
}

// lookForCap flags a load that stands at its largest value too often for
// chance: throttled, or counted by something that was full.
func (f *frame) lookForCap() {
	top := 0.0
	known := 0
	for _, v := range f.y {
		if v == v {
			known++
			top = max(top, v)
		}
	}
	at, under, low := 0, 0, 0
	for _, v := range f.y {
		switch {
		case v >= top*(1-capWidth):
			at++
		case v >= top*(1-10*capWidth):
			under++
		}
		if v < top*0.8 {
			low++
		}
	}
	if known > 100 && float64(at) > capShare*float64(known) && at > under && low*4 > known {
		f.found = append(f.found, Finding{Kind: FoundCapped, Detail: fmt.Sprintf(
			"the load stands at %s, its largest value, for %.0f%% of the time: if something limits it there, the demand was higher and so should be the floor",
			digits(top), 100*float64(at)/float64(known))})
	}
}

// digits writes x to four digits, without an exponent.
func digits(x float64) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	unit := math.Pow10(3 - int(math.Floor(math.Log10(math.Abs(x)))))
	if math.IsInf(unit, 0) || unit == 0 {
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	return strconv.FormatFloat(math.Round(x*unit)/unit, 'f', -1, 64)
}
