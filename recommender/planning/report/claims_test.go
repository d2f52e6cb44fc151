package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// numberIn reads the number that a cell begins with; its unit is looked at.
func numberIn(cell string) float64 {
	cell = strings.NewReplacer("\u202f", "", "\u00a0", " ", "−", "-").Replace(cell)
	scale := 1.0
	text, unit, _ := strings.Cut(strings.TrimSpace(cell), " ")
	switch unit {
	case "M":
		scale = 1e6
	case "MiB":
		scale = 1 << 20
	case "GiB":
		scale = 1 << 30
	case "TiB":
		scale = 1 << 40
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return v * scale
}

// says tells whether a cell says x, as rounded as it is.
func says(cell string, x float64) bool {
	return math.Abs(numberIn(cell)-x) <= 0.006*math.Abs(x)+0.0051
}

func judgeFact(r *planning.Report, cells []string) (faults []string) {
	var alone, with, most, cpu, memory, short, shortAlone, cost, costAlone float64
	hours := r.Step().Hours()
	for _, row := range r.Fleet {
		alone, with = alone+row.Alone*hours, with+row.Pods*hours
		short, shortAlone, cost, costAlone = short+row.Short, shortAlone+row.ShortAlone, cost+row.Cost, costAlone+row.CostAlone
		most, cpu, memory = max(most, row.PodsMost), max(cpu, row.CPUMost), max(memory, row.MemMost)
	}
	pair := func(a, b float64) {
		if !says(cells[1], a) || !says(cells[2], b) {
			faults = append(faults, fmt.Sprintf("%q: they are %g and %g", cells, a, b))
		}
		if got, want := cells[len(cells)-1], 100*(b/a-1); a > 0 && len(cells) == 4 {
			if x, factor := strings.CutPrefix(got, "×\u00a0"); factor {
				want, got = b/a, x
			}
			if math.Abs(numberIn(strings.TrimPrefix(got, "±"))-want) > 0.51 {
				faults = append(faults, fmt.Sprintf("%q: the change is %g", cells, want))
			}
		}
	}
	one := func(x float64) {
		if !says(cells[1], x) {
			faults = append(faults, fmt.Sprintf("%q: it is %g", cells, x))
		}
	}
	switch cells[0] {
	case "pod-hours":
		pair(alone, with)
	case "short minutes expected":
		pair(shortAlone, short)
	case "cost":
		pair(costAlone, cost)
	case "most pods at p95":
		one(most)
	case "most CPU at p95":
		one(cpu)
	case "most memory at p95":
		one(memory)
	default:
		faults = append(faults, fmt.Sprintf("nobody checks %q", cells))
	}
	return faults
}

// planOf returns a workload of the plan and what it was made of.
func planOf(f fleet, key string) (*planning.WorkloadPlan, *planning.Workload) {
	for i := range f.report.Workloads {
		if f.report.Workloads[i].Key() == key {
			return &f.report.Workloads[i], &f.workloads[i]
		}
	}
	return nil, nil
}

var peakLine = regexp.MustCompile(`^(\S+) +(\w{3} \d+ \w{3} \d\d:\d\d) +(\d\d:\d\d)–(\d\d:\d\d) {2,}(\S+(?: \S+)?) {2,}(\S+) {2,}(\S+) {2,}(\S+) {2,}(\S+) {2,}(.*)$`)

func judgePeak(f fleet, line string) (faults []string) {
	m := peakLine.FindStringSubmatch(strings.ReplaceAll(line, "\u202f", ""))
	if m == nil {
		return []string{"not a peak: " + line}
	}
	w, _ := planOf(f, m[1])
	if w == nil {
		return []string{"no workload " + m[1]}
	}
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf("%q: ", line)+fmt.Sprintf(format, args...))
		}
	}
	need, top := 0.0, time.Time{}
	for _, row := range w.Rows {
		if row.Need > need {
			need, top = row.Need, row.Time
		}
	}
	wrong(numberIn(m[8]) != need, "the largest row needs %g at %s", need, top)
	at := f.report.From.In(f.zone)
	for end := f.report.To.Add(time.Hour); at.Format("Mon 2 Jan 15:04") != m[2]; at = at.Add(time.Minute) {
		if at.After(end) {
			return append(faults, fmt.Sprintf("%q: its time is not in the plan", line))
		}
	}
	row := w.Rows[int(at.Sub(f.report.From)/f.report.Step())]
	wrong(row.Need != need, "at that time %g are needed", row.Need)
	// The largest loads of its day are those of rows.
	load, high := 0.0, 0.0
	for _, x := range w.Rows {
		load, high = max(load, float64(x.Load)), max(high, float64(x.LoadHigh))
	}
	wrong(numberIn(m[5]) > load*1.006+0.006 || numberIn(m[6]) > high*1.006+0.006, "no row has loads of more than %g and %g", load, high)
	wrong(m[9] != "none" && numberIn(m[9]) != float64(w.Ceiling) || m[9] == "none" && w.Ceiling < planning.NoCeiling, "the ceiling is %d", w.Ceiling)
	wrong(need <= float64(w.Ceiling) && strings.HasPrefix(m[10], ">"), "the high load fits in")
	return faults
}

var gapLine = regexp.MustCompile(`^(ceiling of \S+|quota of \S+|all nodes) {2,}(.*?\d\d:\d\d) {2,}(?:(and .*?) {2,})?(\S+ \S+) {2,}(\S+ \S+) {2,}(\S+ \S+) {2,}(expected|possible, at p95) {2,}(.*)$`)

func judgeGap(f fleet, line string, seen map[string]int) (faults []string) {
	m := gapLine.FindStringSubmatch(strings.ReplaceAll(line, "\u202f", ""))
	if m == nil {
		return []string{"not a gap: " + line}
	}
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf("%q: ", line)+fmt.Sprintf(format, args...))
		}
	}
	resource := map[string]string{"pods": "pods", "cores": "cpu"}[strings.Fields(m[4])[1]]
	if resource == "" {
		resource = "memory"
	}
	times, worst := 0, planning.Gap{}
	for _, g := range f.report.Gaps {
		if where(g) == m[1] && g.Resource == resource {
			if times++; g.Lack > worst.Lack {
				worst = g
			}
		}
	}
	if times == 0 {
		return []string{"there is no such gap: " + line}
	}
	wrong(m[2] != spanOf(worst.From, worst.To, f.zone), "the worst is %s", spanOf(worst.From, worst.To, f.zone))
	wrong(!says(m[4], worst.Need) || !says(m[5], worst.Limit) || !says(m[6], worst.Need-worst.Limit), "%g, %g", worst.Need, worst.Limit)
	wrong((m[7] == "expected") != worst.Expected, "the worst is expected: %v", worst.Expected)
	if times > 1 {
		seen["more times"]++
	}
	wrong(m[3] != map[bool]string{true: "", false: "and once more"}[times == 1] && m[3] != fmt.Sprintf("and %d more times", times-1), "it is there %d times", times)
	// In the rows there is as much need, and at that time.
	most, at := 0.0, time.Time{}
	for i := range f.report.Fleet {
		sum := 0.0
		for _, w := range f.report.Workloads {
			row := w.Rows[i]
			switch {
			case worst.In == planning.InCeiling && w.Key() == worst.Of:
				sum += row.Need
			case worst.In == planning.InNodes || worst.In == planning.InQuota && w.Namespace == worst.Of:
				sum += map[string]float64{"pods": row.PodsMost, "cpu": row.CPUMost, "memory": row.MemMost}[resource]
			}
		}
		if sum > most*(1+1e-9) {
			most, at = sum, f.report.Fleet[i].Time
		}
	}
	wrong(math.Abs(most-worst.Need) > 1e-6*most, "the rows need %g, the gap %g", most, worst.Need)
	wrong(at.Add(f.report.Step()).Before(worst.From) || at.After(worst.To), "the rows need most at %s", at)
	return append(faults, judgeRemedy(f, worst, m[8], resource, seen)...)
}

// remedies are the sentences that say what closes a gap, with the amount.
var remedies = map[string]*regexp.Regexp{
	planning.InCeiling: regexp.MustCompile(`^raise maxReplicas of (\S+) from (\d+) to (\d+), or make its pods larger$`),
	planning.InQuota:   regexp.MustCompile(`^raise the ResourceQuota of namespace (\S+) to (\S+) (pods|cores|GiB), or scale something down there at that time$`),
	planning.InNodes:   regexp.MustCompile(`^add nodes for (\S+) (pods|cores|GiB) more, or move work to another time$`),
}

// judgeRemedy follows a remedy and plans again: that gap has to be closed.
func judgeRemedy(f fleet, g planning.Gap, text, resource string, seen map[string]int) []string {
	m := remedies[g.In].FindStringSubmatch(text)
	if m == nil {
		return []string{"nobody checks the remedy " + text}
	}
	seen["remedy "+g.In]++
	again := f.options
	workloads := append([]planning.Workload{}, f.workloads...)
	add := func(q *planning.Quota, have float64, text, unit string) {
		x, _ := strconv.ParseFloat(text, 64)
		if unit == "GiB" {
			x *= 1 << 30
		}
		*map[string]*float64{"pods": &q.Pods, "cpu": &q.CPU, "memory": &q.Memory}[resource] = have + x
	}
	switch g.In {
	case planning.InCeiling:
		to, _ := strconv.Atoi(m[3])
		for i := range workloads {
			if workloads[i].Key() == m[1] {
				workloads[i].Loop.Spec.Max = int32(to)
			}
		}
		if m[1] != g.Of || m[2] != strconv.Itoa(int(g.Limit)) {
			return []string{text + ": it is another ceiling"}
		}
	case planning.InQuota:
		q := f.options.Limits.Quotas[m[1]]
		add(&q, 0, m[2], m[3])
		again.Limits.Quotas = map[string]planning.Quota{m[1]: q}
	case planning.InNodes:
		add(&again.Limits.Nodes, g.Limit, m[1], m[2])
	}
	r, err := planning.Make(workloads, again, nil)
	if err != nil {
		return []string{text + ": " + err.Error()}
	}
	for _, x := range r.Gaps {
		if x.In == g.In && x.Of == g.Of && x.Resource == g.Resource {
			return []string{fmt.Sprintf("%s: that was done, and there is still a gap of %g", text, x.Lack)}
		}
	}
	return nil
}
