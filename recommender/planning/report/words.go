package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// workloads counts workloads.
func workloads(n int) string {
	if n == 1 {
		return "1 workload"
	}
	return grouped(float64(n)) + " workloads"
}

// A fact is a line of the summary: without Highwater, and with it.
type fact struct{ Name, Alone, With, Change string }

// facts sums a plan up.
func facts(r *planning.Report) []fact {
	t := r.Total
	list := []fact{
		{"pod-hours", amount(t.PodHoursAlone), amount(t.PodHours), change(t.PodHoursAlone, t.PodHours)},
		{"short minutes expected", amount(t.ShortAlone), amount(t.Short), change(t.ShortAlone, t.Short)},
	}
	if r.Priced {
		list = append(list, fact{costIn(r), amount(t.CostAlone), amount(t.Cost), change(t.CostAlone, t.Cost)})
	}
	high := "at " + tau(r.Quantiles[1])
	list = append(list, fact{"most pods " + high, "", amount(t.PodsMost), ""})
	if t.CPUMost > 0 {
		list = append(list, fact{"most CPU " + high, "", explain.Quantity(t.CPUMost, "cores"), ""})
	}
	if t.MemMost > 0 {
		list = append(list, fact{"most memory " + high, "", explain.Quantity(t.MemMost, "bytes"), ""})
	}
	return list
}

// costIn is the word for costs, with their currency if it is known.
func costIn(r *planning.Report) string {
	if r.Currency == "" {
		return "cost"
	}
	return "cost, " + r.Currency
}

// ownPrices says that costs are of the workloads' own prices, and not of a what-if's.
func ownPrices(r *planning.Report) bool {
	return slices.ContainsFunc(r.Workloads, func(w planning.WorkloadPlan) bool { return w.Price != nil })
}

// biggest returns the largest peak of each workload, the first of them.
func biggest(r *planning.Report, top int) []planning.Peak {
	var list []planning.Peak
	seen := map[string]bool{}
	for _, p := range r.Peaks {
		if !seen[p.Workload] && len(list) < top {
			seen[p.Workload] = true
			list = append(list, p)
		}
	}
	return list
}

// same says that a number stays what it is.
const same = "±0\u00a0%"

// change is what became of a number.
func change(from, to float64) string {
	switch {
	case math.Abs(to-from) < 1e-9*math.Max(from, to) || from == to:
		return same
	case !(from > 0):
		return ""
	}
	percent := math.Round(100 * (to/from - 1))
	switch {
	case percent == 0:
		return same
	case math.Abs(percent) >= 1000:
		return fmt.Sprintf("×\u00a0%.0f", to/from)
	}
	return strings.Replace(fmt.Sprintf("%+.0f\u00a0%%", percent), "-", "−", 1)
}

// amount writes a number with three digits, or all that are before the point.
func amount(x float64) string {
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return "–"
	case a >= 1e6:
		return grouped(math.Round(x/1e4)/100) + " M"
	case a >= 100 || x == math.Trunc(x):
		return grouped(math.Round(x))
	case a >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case a >= 0.01:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x == 0:
		return "0"
	}
	return strconv.FormatFloat(x, 'g', 2, 64)
}

// grouped writes thousands apart, with a thin space.
func grouped(x float64) string {
	s := strconv.FormatFloat(x, 'f', -1, 64)
	whole, rest, frac := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "\u202f" + whole[i:]
	}
	if frac {
		return whole + "." + rest
	}
	return whole
}

// loadOf writes a load with its unit.
func loadOf(n planning.Number, unit string) string {
	if !n.Known() {
		return "–"
	}
	return explain.Quantity(float64(n), unit)
}

// tau names a quantile: p95.
func tau(q float64) string { return "p" + digits(100*q) }

// chance writes a probability.
func chance(p float64) string {
	switch {
	case p <= 0:
		return "< 0.5 %"
	case p >= 0.995:
		return "> 99 %"
	case p < 0.01:
		return fmt.Sprintf("%.1f %%", 100*p)
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

const (
	dayTime   = "Mon 2 Jan 15:04"
	clockTime = "15:04"
	clockZone = "15:04 MST"
)

// A shortage is all gaps of one place: the worst of them, how often there is one,
// and whether any of them is expected.
type shortage struct {
	planning.Gap
	times  int
	likely bool
}

// shortages puts the gaps of each place together: those of all first, then
// those that are expected, then those that lack most.
func shortages(r *planning.Report) []shortage {
	var list []shortage
	at := map[[3]string]int{}
	for _, g := range r.Gaps {
		key := [3]string{g.In, g.Of, g.Resource}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(list), len(list)
			list = append(list, shortage{Gap: g})
		}
		s := &list[i]
		s.times++
		s.likely = s.likely || g.Expected
		if g.Lack > s.Lack {
			s.Gap = g
		}
	}
	rank := map[string]int{planning.InNodes: 0, planning.InQuota: 1, planning.InCeiling: 2}
	doubt := func(s shortage) int {
		if s.likely {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b shortage) int {
		return cmp.Or(rank[a.In]-rank[b.In], doubt(a)-doubt(b), cmp.Compare(b.Lack, a.Lack))
	})
	return list
}

// often says how often there is a gap.
func (s shortage) often() string {
	switch n := s.times - 1; n {
	case 0:
		return ""
	case 1:
		return "and once more"
	default:
		return fmt.Sprintf("and %d more times", n)
	}
}

// between writes a span of time.
func between(from, to time.Time, zone *time.Location) string {
	from, to = from.In(zone), to.In(zone)
	if from.Format(time.DateOnly) == to.Add(-1).Format(time.DateOnly) {
		return from.Format("Mon 2 Jan ") + hours(from, to, zone)
	}
	return from.Format(dayTime) + " – " + to.Format(dayTime)
}

// where says what a gap is in.
func where(g planning.Gap) string {
	switch g.In {
	case planning.InQuota:
		return "quota of " + g.Of
	case planning.InNodes:
		return "all nodes"
	}
	return "ceiling of " + g.Of
}

// room writes an amount of a gap's resource.
func room(g planning.Gap, x float64) string {
	switch g.Resource {
	case "memory":
		return explain.Quantity(x, "bytes")
	case "cpu":
		return explain.Quantity(x, "cores")
	}
	return explain.Quantity(x, "pods")
}

// sure says whether a gap is there without the high load, too.
func sure(g planning.Gap, high float64) string {
	if g.Expected {
		return "expected"
	}
	return "possible, at " + tau(high)
}

// ceilingOf writes a ceiling.
func ceilingOf(n int32) string {
	if n >= planning.NoCeiling {
		return "none"
	}
	return amount(float64(n))
}

func units(r *planning.Report) map[string]string {
	m := map[string]string{}
	for i := range r.Workloads {
		m[r.Workloads[i].Key()] = r.Workloads[i].Unit
	}
	return m
}

// hours writes a span within a day by its hours; midnight is the end of the day
// that it ends. Over a change of the clocks each has its zone, since the hours
// alone would not say how long it is.
func hours(from, to time.Time, zone *time.Location) string {
	from, to = from.In(zone), to.In(zone)
	_, before := from.Zone()
	if _, after := to.Zone(); before != after {
		return from.Format(clockZone) + "–" + to.Format(clockZone)
	}
	end := to.Format(clockTime)
	if end == "00:00" && to.After(from) {
		end = "24:00"
	}
	return from.Format(clockTime) + "–" + end
}
