package report

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the draws

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A fleet is a drawn plan and all that it was made of.
type fleet struct {
	workloads []planning.Workload
	options   planning.Options
	zone      *time.Location
	report    *planning.Report
}

// drawFleet draws up to three workloads of any history, and the limits around them.
func drawFleet(r *rand.Rand) fleet {
	pick := func(n int) bool { return r.IntN(n) == 0 }
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"}
	f := fleet{}
	f.zone, _ = time.LoadLocation(zones[r.IntN(len(zones))])
	year := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.options = planning.Options{
		From:    year.Add(time.Duration(r.IntN(365*96)) * 15 * time.Minute),
		Horizon: time.Duration(1+r.IntN(30)) * time.Hour, Samples: -1,
		Limits: planning.Limits{Quotas: map[string]planning.Quota{}},
	}
	room := func() planning.Quota {
		q := planning.Quota{}
		if pick(2) {
			q.Pods = float64(2 + r.IntN(60))
		}
		if pick(2) {
			q.CPU = float64(1+r.IntN(300)) / 10
		}
		if pick(2) {
			q.Memory = float64(1+r.IntN(40)) * (1 << 30)
		}
		return q
	}
	if pick(3) {
		f.options.Samples = 2
	}
	if pick(2) {
		f.options.Limits.Nodes = room()
	}
	if pick(2) {
		f.options.Limits.Quotas["shop"] = room()
	}
	if pick(3) {
		f.options.WhatIf.Load = []planning.Scale{{Factor: 0.5 + 2*r.Float64()}}
	}
	if pick(4) {
		f.options.WhatIf.Zone = &planning.ZoneLoss{Zones: 2 + r.IntN(3)}
	}
	if pick(3) {
		f.options.WhatIf.Price = 0.04
	}
	for i := range 1 + r.IntN(3) {
		f.workloads = append(f.workloads, drawWorkload(r, f, i))
	}
	return f
}

func drawWorkload(r *rand.Rand, f fleet, i int) planning.Workload {
	per, base := 5+20*r.Float64(), int32(1+r.IntN(4))
	w := planning.Workload{
		Namespace: []string{"shop", "pay"}[r.IntN(2)], Name: fmt.Sprintf("w%d", i), Unit: []string{"requests/s", "cores", "bytes", ""}[r.IntN(4)],
		Loop: simulate.Loop{
			Spec:   simulate.Spec{Min: base, Max: base + int32(r.IntN(40)), Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: per * (0.6 + 0.4*r.Float64())}}},
			PerPod: []float64{per}, Start: simulate.Starts{Fixed: time.Minute},
		},
		Replicas: int32(r.IntN(8)), Calendar: &calendar.Spec{TimeZone: f.zone.String()},
	}
	if r.IntN(4) == 0 {
		w.Loop.Spec.Max = planning.NoCeiling
	}
	if r.IntN(3) > 0 {
		w.PodCPU, w.PodMemory = 0.25, 1<<29
	}
	w.Loads = []forecast.Series{drawLoad(r, f.options.From, per)}
	return w
}

// drawLoad draws a history before from: days of it, a few samples, one, none, or one that ended long ago.
func drawLoad(r *rand.Rand, from time.Time, per float64) forecast.Series {
	step := []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}[r.IntN(3)]
	n := int(time.Duration(3+r.IntN(6)) * 24 * time.Hour / step)
	end := from
	switch r.IntN(8) {
	case 0:
		n = 1
	case 1:
		n = 0
	case 2:
		n = 2 + r.IntN(20)
	case 3:
		end = from.Add(-time.Duration(20+r.IntN(300)) * time.Hour)
	case 4:
		end = from.Add(time.Duration(r.IntN(48)) * time.Hour) // a plan of the past
	}
	s := forecast.Series{Start: end.Add(-time.Duration(n) * step), Step: step, Values: make([]float64, n)}
	base, swing, peak := per*20*r.Float64(), per*30*r.Float64(), 24*r.Float64()
	for k := range s.Values {
		off := math.Mod(s.Time(k).Sub(time.Unix(0, 0)).Hours()-peak+48, 24) - 12
		s.Values[k] = (base + swing*math.Exp(-off*off/8)) * (1 + 0.05*r.NormFloat64())
		s.Values[k] = max(s.Values[k], 0)
	}
	return s
}

// TestEveryClaimOfAPlanIsTrue draws fleets, plans them, and holds each sentence of the table to the plan's own rows and to
// plans that follow its remedies.
func TestEveryClaimOfAPlanIsTrue(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 60
	}
	seen := map[string]int{}
	for seed := range n {
		f := drawFleet(rand.New(rand.NewPCG(uint64(seed), 9)))
		var err error
		if f.report, err = planning.Make(f.workloads, f.options, nil); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Table(&b, f.report, Options{Zone: f.zone, Top: 20}); err != nil {
			t.Fatal(err)
		}
		for _, fault := range judge(t, f, b.String(), seen) {
			t.Errorf("seed %d: %s", seed, fault)
		}
		if t.Failed() {
			t.Fatalf("the plan was\n%s", b.String())
		}
	}
	for _, what := range []string{"fact", "peak", "no gap", "gap", "more times", "remedy ceiling", "remedy quota", "remedy nodes", "not forecast",
		"flat at the load", "flat at its pods", "flat at its baseline", "flat at its ceiling", "note", "old"} {
		if seen[what] == 0 {
			t.Errorf("%q was never claimed", what)
		}
	}
	t.Logf("claims held: %v", seen)
}

// columns splits a line of the table, whose cells are two spaces or more apart.
var columns = regexp.MustCompile(` {2,}`)

// judge returns what is false about a table.
func judge(t *testing.T, f fleet, table string, seen map[string]int) (faults []string) {
	r := f.report
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	wrong(lines[0] != fmt.Sprintf("Capacity plan: %s, %s %s", workloadsOf(len(r.Workloads)), spanOf(r.From, r.To, f.zone), f.zone), "the head %q", lines[0])
	section := ""
	for _, line := range lines[1:] {
		cells := columns.Split(strings.TrimRight(line, " "), -1)
		switch {
		case line == "":
			section = ""
		case strings.HasPrefix(line, "No gap"):
			seen["no gap"]++
			for _, g := range lacking(f) {
				wrong(true, "there is a gap: %s", g)
			}
			wrong(len(r.Gaps) > 0, "it has gaps %+v", r.Gaps)
		case strings.HasPrefix(line, "Note: "):
			seen["note"]++
			wrong(!noteHolds(r, f.options.Samples >= 0, line), "%q", line)
		case strings.HasPrefix(line, "what if: "):
		case section == "":
			section = cells[0]
		case section == "FLEET":
			seen["fact"]++
			faults = append(faults, judgeFact(r, cells)...)
		case section == "PEAK OF":
			seen["peak"]++
			faults = append(faults, judgePeak(f, line)...)
		case section == "GAP IN":
			seen["gap"]++
			faults = append(faults, judgeGap(f, line, seen)...)
		case section == "NOT FORECAST":
			seen["not forecast"]++
			faults = append(faults, judgeFlat(f, line, seen)...)
		case section == "PROBLEMS":
			faults = append(faults, judgeProblem(f, line, seen)...)
		default:
			wrong(true, "nobody checks %q under %q", line, section)
		}
	}
	for what := range lacking(f) {
		wrong(!strings.Contains(table, "\n"+what+"  "), "the gap in the %s is not told", what)
	}
	return faults
}

func workloadsOf(n int) string {
	if n == 1 {
		return "1 workload"
	}
	return strconv.Itoa(n) + " workloads"
}

// spanOf writes a span as the table has it; what it is over changes of the clocks is seen in the sweep.
func spanOf(from, to time.Time, zone *time.Location) string {
	a, b := from.In(zone), to.In(zone)
	if a.Format(time.DateOnly) != b.Add(-1).Format(time.DateOnly) {
		return a.Format("Mon 2 Jan 15:04") + " – " + b.Format("Mon 2 Jan 15:04")
	}
	_, before := a.Zone()
	if _, after := b.Zone(); before != after {
		return a.Format("Mon 2 Jan 15:04 MST") + "–" + b.Format("15:04 MST")
	}
	end := b.Format("15:04")
	if end == "00:00" {
		end = "24:00"
	}
	return a.Format("Mon 2 Jan 15:04") + "–" + end
}

// lacking computes from the rows where there is less room than is needed: the worst of each.
func lacking(f fleet) map[string]string {
	r, out := f.report, map[string]string{}
	type sums struct{ pods, cpu, memory float64 }
	spaces, ceilings := map[string]planning.Quota{"all nodes": f.options.Limits.Nodes}, map[string]float64{}
	for ns, q := range f.options.Limits.Quotas {
		spaces["quota of "+ns] = q
	}
	for i := range r.Fleet {
		got := map[string]*sums{"all nodes": {}, "quota of shop": {}, "quota of pay": {}}
		for _, w := range r.Workloads {
			row := w.Rows[i]
			ceiling := "ceiling of " + w.Key()
			ceilings[ceiling] = max(ceilings[ceiling], row.Need-float64(w.Ceiling))
			for _, s := range []*sums{got["all nodes"], got["quota of "+w.Namespace]} {
				s.pods, s.cpu, s.memory = s.pods+row.PodsMost, s.cpu+row.CPUMost, s.memory+row.MemMost
			}
		}
		for name, q := range spaces {
			s := got[name]
			for _, x := range [][2]float64{{s.pods, q.Pods}, {s.cpu, q.CPU}, {s.memory, q.Memory}} {
				if x[1] > 0 && x[0] > x[1]*(1+1e-9) {
					out[name] = fmt.Sprintf("%s: %g of %g", name, x[0], x[1])
				}
			}
		}
	}
	for name, lack := range ceilings {
		if lack > 0 {
			out[name] = fmt.Sprintf("%s: %g pods", name, lack)
		}
	}
	return out
}
