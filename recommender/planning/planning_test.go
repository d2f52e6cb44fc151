package planning

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// monday is the first moment after the history of the tests, which ends with a
// Sunday.
var monday = time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC)

// weeks is a history of 28 days up to monday: low at night and highest at
// 15:00, with a little noise, and a quarter less at the weekend.
func weeks(step time.Duration, base, swing float64) forecast.Series {
	n := int(28 * 24 * time.Hour / step)
	s := forecast.Series{Start: monday.Add(-28 * 24 * time.Hour), Step: step, Values: make([]float64, n)}
	for i := range s.Values {
		at := s.Time(i)
		hour := float64(at.Hour()) + float64(at.Minute())/60
		off := (hour - 15) / 2.5
		v := base + swing*math.Exp(-off*off)
		if d := at.Weekday(); d == time.Saturday || d == time.Sunday {
			v *= 0.75
		}
		s.Values[i] = v * (1 + 0.03*(float64(mix(uint64(i))%1000)/500-1))
	}
	return s
}

// shop is a workload whose pods carry 10 at the most, and 8 at the HPA's target.
func shop(name string, load forecast.Series) Workload {
	return Workload{
		Namespace: "shop", Name: name, Labels: map[string]string{"app": name},
		Loads: []forecast.Series{load},
		Loop: simulate.Loop{
			Spec:   simulate.Spec{Min: 2, Max: 60, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: 8}}},
			PerPod: []float64{10}, Start: simulate.Starts{Fixed: time.Minute},
		},
		PodCPU: 0.5, PodMemory: 1 << 30, Unit: "requests/s",
	}
}

func plan(t *testing.T, o Options, workloads ...Workload) *Report {
	t.Helper()
	if o.From.IsZero() {
		o.From = monday
	}
	r, err := Make(workloads, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.4g, want %.4g ± %.2g", what, got, want, within)
	}
}

func TestAPlanShowsTheDailyPeakAtItsTime(t *testing.T) {
	r := plan(t, Options{Horizon: 48 * time.Hour}, shop("web", weeks(5*time.Minute, 50, 200)))
	w := r.Workloads[0]
	if w.Forecast != nil || len(w.Rows) != 48 || len(r.Fleet) != 48 || w.Sampled != defaultSamples {
		t.Fatalf("%+v, %d rows, %d of the fleet, %d sampled", w.Forecast, len(w.Rows), len(r.Fleet), w.Sampled)
	}
	if len(r.Peaks) != 2 {
		t.Fatalf("%d peaks, want one a day", len(r.Peaks))
	}
	for _, p := range r.Peaks {
		due := time.Date(2026, 3, p.Time.Day(), 15, 0, 0, 0, time.UTC)
		if off := p.Time.Sub(due).Abs(); off > 45*time.Minute {
			t.Errorf("the peak is at %s, want about %s", p.Time, due)
		}
		near(t, "load of the peak", float64(p.Load), 250, 12)
		near(t, "pods of the peak", p.Pods, 25, 2)
		if p.From.After(p.Time) || !p.To.After(p.Time) || p.To.Sub(p.From) > 8*time.Hour || p.Exceeds != 0 {
			t.Errorf("%+v", p)
		}
	}
	at15, at3 := w.Rows[15], w.Rows[3]
	if !(at15.Pods > 25 && at15.Alone > 25 && at15.PodsHigh >= at15.Pods && at15.PodsMost >= at15.PodsHigh && at15.Floor > 20) {
		t.Errorf("at 15:00 %+v", at15)
	}
	if !(at3.Pods < 9 && at3.Pods >= 2 && at3.Load < 60) {
		t.Errorf("at 3:00 %+v", at3)
	}
	near(t, "CPU", at15.CPU, at15.Pods/2, 1e-9)
	if w.Total.Short > w.Total.ShortAlone {
		t.Errorf("short for %.1f min with Highwater, %.1f without", w.Total.Short, w.Total.ShortAlone)
	}
}

// The fleet is the sum of its workloads, and a total that of its rows.
func TestTotalsAreTheSumsOfTheirRows(t *testing.T) {
	r := plan(t, Options{Horizon: 24 * time.Hour, WhatIf: WhatIf{Price: 0.04}},
		shop("web", weeks(5*time.Minute, 50, 200)), shop("api", weeks(15*time.Minute, 20, 30)), shop("new", forecast.Series{}))
	for i, f := range r.Fleet {
		var sum Row
		for _, w := range r.Workloads {
			sum.plus(w.Rows[i])
		}
		sum.Time, sum.Load, sum.LoadHigh = f.Time, 0, 0
		f.Load, f.LoadHigh = 0, 0
		if !reflect.DeepEqual(sum, f) {
			t.Fatalf("row %d: %+v, want %+v", i, f, sum)
		}
	}
	var hours, cost, short float64
	for _, w := range r.Workloads {
		hours, cost, short = hours+w.Total.PodHours, cost+w.Total.Cost, short+w.Total.ShortAlone
	}
	near(t, "pod-hours", r.Total.PodHours, hours, 1e-6)
	near(t, "cost", r.Total.Cost, cost, 1e-6)
	near(t, "cost", r.Total.Cost, 0.04*hours, 1e-6)
	near(t, "short minutes", r.Total.ShortAlone, short, 1e-6)
}

func TestTwiceTheLoadNeedsTwiceThePods(t *testing.T) {
	load := weeks(5*time.Minute, 100, 100)
	was := plan(t, Options{}, shop("web", load), shop("api", load))
	is := plan(t, Options{WhatIf: WhatIf{Load: []Scale{{"shop/web", 2}}}}, shop("web", load), shop("api", load))
	ratio := is.Workloads[0].Total.PodHours / was.Workloads[0].Total.PodHours
	near(t, "pod-hours of web in parts of what they were", ratio, 2, 0.1)
	near(t, "load", float64(is.Workloads[0].Rows[15].Load), 2*float64(was.Workloads[0].Rows[15].Load), 1e-6)
	near(t, "pod-hours of api", is.Workloads[1].Total.PodHours, was.Workloads[1].Total.PodHours, 1e-9)
	if len(is.WhatIf) != 1 || is.WhatIf[0] != "the load of shop/web × 2" || len(was.WhatIf) != 0 {
		t.Errorf("%q and %q", is.WhatIf, was.WhatIf)
	}
}

func TestWhatIfChangesPods(t *testing.T) {
	load := weeks(5*time.Minute, 200, 200)
	hours := func(x WhatIf) (float64, *Report) {
		w := shop("web", load)
		w.Loop.Spec.Max = 200
		r := plan(t, Options{WhatIf: x}, w)
		return r.Total.PodHours, r
	}
	two, half, minute := 2.0, 0.4, 3*time.Minute
	was, base := hours(WhatIf{Price: 1})
	larger, r := hours(WhatIf{PodSize: &two, Price: 1})
	near(t, "pod-hours of pods twice as large", larger/was, 0.5, 0.05)
	near(t, "their CPU in parts", r.Total.CPUHours/base.Total.CPUHours, 1, 0.1)
	near(t, "their cost in parts", r.Total.Cost/base.Total.Cost, 1, 0.1)
	_, lower := hours(WhatIf{Target: &half})
	near(t, "pod-hours of the HPA alone at half the target", lower.Total.PodHoursAlone/base.Total.PodHoursAlone, 2, 0.1)
	zone, r := hours(WhatIf{Zone: &ZoneLoss{Zones: 3}})
	near(t, "pod-hours that a zone may be lost of", zone/was, 1.5, 0.07)
	near(t, "need", r.Workloads[0].Rows[15].Need, math.Ceil(1.5*float64(r.Workloads[0].Rows[15].LoadHigh)/10), 1)
	window := &ZoneLoss{Zones: 2, Start: monday.Add(10 * time.Hour), End: monday.Add(11 * time.Hour)}
	_, r = hours(WhatIf{Zone: window})
	near(t, "need before the window", r.Workloads[0].Rows[9].Need, base.Workloads[0].Rows[9].Need, 0)
	near(t, "need in the window", r.Workloads[0].Rows[10].Need, 2*base.Workloads[0].Rows[10].Need, 1)
	_, slow := hours(WhatIf{Start: &minute})
	if slow.Total.ShortAlone < base.Total.ShortAlone {
		t.Errorf("short for %g min with slow pods, %g with fast ones", slow.Total.ShortAlone, base.Total.ShortAlone)
	}
}

func TestAnEventOfAFutureDayIsInThePlan(t *testing.T) {
	sale := calendar.EventSpec{Name: "sale", Start: "2026-04-01T09:00", End: "2026-04-01T12:00", Multiplier: 3}
	load := weeks(5*time.Minute, 100, 20)
	r := plan(t, Options{Horizon: 72 * time.Hour, WhatIf: WhatIf{Events: []calendar.EventSpec{sale}}}, shop("web", load))
	rows := r.Workloads[0].Rows
	near(t, "the load in the sale", float64(rows[48+10].Load), 300, 25)
	near(t, "the load a day before", float64(rows[24+10].Load), 103, 12)
	if first := r.Peaks[0]; first.Time.Before(monday.Add(57*time.Hour)) || first.Time.After(monday.Add(60*time.Hour)) {
		t.Errorf("the largest peak is %+v, want it in the sale", first)
	}
	if !(rows[48+9].Floor >= 25) {
		t.Errorf("floor of the sale: %g", rows[48+9].Floor)
	}
}

func TestAGapIsFoundWithItsTimeAndSize(t *testing.T) {
	w := shop("web", weeks(5*time.Minute, 50, 200))
	w.Loop.Spec.Max = 15
	r := plan(t, Options{Horizon: 24 * time.Hour}, w)
	if len(r.Gaps) != 1 {
		t.Fatalf("%d gaps, want one: %+v", len(r.Gaps), r.Gaps)
	}
	g := r.Gaps[0]
	if g.In != InCeiling || g.Of != "shop/web" || g.Limit != 15 || g.Lack != g.Need-15 || !g.Expected {
		t.Errorf("%+v", g)
	}
	near(t, "what the gap needs", g.Need, 26, 1.5)
	// 50 + 200·exp(−((h−15)/2.5)²) is above 150 within 2.08 h of 15:00.
	near(t, "hours to the gap", g.From.Sub(monday).Hours(), 15-2.08, 0.5)
	near(t, "hours to its end", g.To.Sub(monday).Hours(), 15+2.08, 0.5)
	near(t, "the worst", g.Worst.Sub(monday).Hours(), 15, 0.75)
	if p := r.Peaks[0]; p.Exceeds < 0.99 || p.Ceiling != 15 {
		t.Errorf("%+v", p)
	}
	near(t, "the gap of its row", r.Fleet[15].Gap, g.Lack, 1)
	if !strings.Contains(g.Remedy, "raise maxReplicas of shop/web from 15 to 2") {
		t.Errorf("%q", g.Remedy)
	}
}

func TestQuotasAndNodesAreShared(t *testing.T) {
	load := weeks(5*time.Minute, 50, 200)
	a, b, c := shop("a", load), shop("b", load), shop("c", load)
	c.Namespace = "other"
	r := plan(t, Options{Limits: Limits{Quotas: map[string]Quota{"shop": {Pods: 50}, "other": {CPU: 100}}, Nodes: Quota{CPU: 40, Memory: 1 << 40}}}, a, b, c)
	found := map[string]Gap{}
	for _, g := range r.Gaps {
		found[g.In+" "+g.Of+" "+g.Resource] = g
	}
	quota, nodes := found["quota shop pods"], found["nodes  cpu"]
	if len(found) != 2 || len(r.Gaps) != 2 {
		t.Fatalf("%+v", r.Gaps)
	}
	near(t, "pods of the namespace", quota.Need, 66, 6)
	near(t, "cores of all", nodes.Need, 50, 5)
	if quota.Worst.Hour() < 13 || quota.Worst.Hour() > 16 || !quota.Expected || quota.From.Hour() < 12 {
		t.Errorf("%+v", quota)
	}
	if !strings.Contains(nodes.Remedy, "cores more") {
		t.Errorf("%q", nodes.Remedy)
	}
}

// What cannot be forecast is listed with its reason, and planned flat.
func TestAWorkloadWithoutAForecastIsPlannedFlat(t *testing.T) {
	whole := weeks(5*time.Minute, 50, 0)
	short := whole.Between(monday.Add(-20*time.Minute), monday)
	unknown := forecast.Series{Start: whole.Start, Step: whole.Step, Values: make([]float64, whole.Len())}
	for i := range unknown.Values {
		unknown.Values[i] = math.NaN()
	}
	old := whole
	old.Values = old.Values[:10*288]
	broken := shop("broken", whole)
	broken.Loop.PerPod = []float64{-1}
	none := shop("none", whole)
	none.Loop.Spec.Metrics, none.Loop.PerPod, none.Loads = nil, nil, nil
	for name, c := range map[string]struct {
		w      Workload
		reason string
		pods   float64
	}{
		"empty":   {shop("empty", forecast.Series{}), "NoData", 2},
		"zero":    {Workload{Name: "zero"}, "Invalid", 1},
		"unknown": {shop("unknown", unknown), "NoData", 2},
		"short":   {shop("short", short), "TooShort", 5},
		"old":     {shop("old", old), "Stale", 6.5},
		"broken":  {broken, "Invalid", 2},
		"none":    {none, "Invalid", 2},
	} {
		r := plan(t, Options{WhatIf: WhatIf{Price: 1}}, c.w, shop("web", whole))
		w := r.Workloads[0]
		if w.Forecast == nil || w.Forecast.Reason != c.reason || !strings.Contains(w.Forecast.Detail, "planned flat") {
			t.Errorf("%s: %+v", name, w.Forecast)
			continue
		}
		for _, row := range w.Rows {
			if row.Pods != w.Rows[0].Pods || row.Alone != row.Pods || row.PodsMost != row.Pods {
				t.Errorf("%s is not flat: %+v", name, row)
			}
		}
		near(t, name+": pods", w.Rows[0].Pods, c.pods, 0.6)
		if len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "1 of 2 workloads cannot be forecast") {
			t.Errorf("%s: %q", name, r.Notes)
		}
		if r.Workloads[1].Forecast != nil {
			t.Errorf("%s took the other with it: %+v", name, r.Workloads[1].Forecast)
		}
	}
}

func TestGapsInTheHistoryAreNoLoad(t *testing.T) {
	load := weeks(5*time.Minute, 100, 100)
	for i := range load.Values {
		if mix(uint64(i)/7)%5 == 0 {
			load.Values[i] = math.NaN()
		}
	}
	r := plan(t, Options{}, shop("web", load))
	near(t, "the load of the peak", float64(r.Peaks[0].Load), 200, 15)
	for _, row := range r.Fleet {
		if v := row.Pods + row.PodsHigh + row.Short + row.ShortAlone + row.Need; math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%+v", row)
		}
	}
}

// A plan of a past day uses nothing of that day.
func TestAPlanUsesNothingFromItsBeginningOn(t *testing.T) {
	load := weeks(5*time.Minute, 50, 100)
	from := monday.Add(-48 * time.Hour)
	changed := load
	changed.Values = append([]float64(nil), load.Values...)
	for i := load.Index(from); i < load.Len(); i++ {
		changed.Values[i] = 1e6
	}
	a, b := plan(t, Options{From: from}, shop("web", load)), plan(t, Options{From: from}, shop("web", changed))
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("what came later changes the plan")
	}
	if c := plan(t, Options{From: from}, shop("web", load)); fmt.Sprint(a) != fmt.Sprint(c) {
		t.Error("the same arguments give another plan")
	}
}

func TestArgumentsAreNotChanged(t *testing.T) {
	two, most := 2.0, 1.0
	o := Options{From: monday, WhatIf: WhatIf{PodSize: &two, Target: &most, Events: []calendar.EventSpec{{Name: "x", Start: "2026-03-30T09:00", End: "2026-03-30T12:00"}}}}
	w, want := shop("web", weeks(15*time.Minute, 10, 10)), shop("web", weeks(15*time.Minute, 10, 10))
	w.Calendar, want.Calendar = &calendar.Spec{TimeZone: "Europe/Berlin"}, &calendar.Spec{TimeZone: "Europe/Berlin"}
	plan(t, o, w)
	if !reflect.DeepEqual(w, want) {
		t.Errorf("%+v", w.Loop)
	}
}

func TestTheTickEndsTheWork(t *testing.T) {
	stop := errors.New("stop")
	var told []string
	_, err := Make([]Workload{shop("a", forecast.Series{}), shop("b", forecast.Series{})}, Options{From: monday}, func(done, total int, name string) error {
		told = append(told, fmt.Sprintf("%d/%d %s", done, total, name))
		if done == 1 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || strings.Join(told, ", ") != "0/2 shop/a, 1/2 shop/b" {
		t.Errorf("%v, %q", err, told)
	}
}

func TestOptionsSayWhatIsWrongWithThem(t *testing.T) {
	zero, over, cold := 0.0, 1.4, -time.Second
	for want, o := range map[string]Options{
		"from is not set":                 {},
		"horizon is 672h0m1s":             {From: monday, Horizon: MaxHorizon + time.Second},
		"multiple of the step":            {From: monday, Horizon: 90 * time.Minute},
		"step is 7m0s":                    {From: monday, Step: 7 * time.Minute},
		"quantiles are [0.9 0.5]":         {From: monday, Quantiles: []float64{0.9, 0.5}},
		"whatIf.load[0].factor is 0":      {From: monday, WhatIf: WhatIf{Load: []Scale{{Factor: 0}}}},
		`whatIf.load[0].selector is "[x`:  {From: monday, WhatIf: WhatIf{Load: []Scale{{"[x", 2}}}},
		"whatIf.events[0].name":           {From: monday, WhatIf: WhatIf{Events: []calendar.EventSpec{{}}}},
		"whatIf.zone.zones is 1":          {From: monday, WhatIf: WhatIf{Zone: &ZoneLoss{Zones: 1}}},
		"whatIf.target is 0":              {From: monday, WhatIf: WhatIf{Target: &zero}},
		"whatIf.target is 1.4":            {From: monday, WhatIf: WhatIf{Target: &over}},
		"whatIf.podSize is 0":             {From: monday, WhatIf: WhatIf{PodSize: &zero}},
		"whatIf.start is -1s":             {From: monday, WhatIf: WhatIf{Start: &cold}},
		"whatIf.price is -1":              {From: monday, WhatIf: WhatIf{Price: -1}},
		"price of a pod, or those of its": {From: monday, WhatIf: WhatIf{Price: 1, PriceCPU: 1}},
		"limits.quotas[a].cpu is NaN":     {From: monday, Limits: Limits{Quotas: map[string]Quota{"a": {CPU: math.NaN()}}}},
	} {
		if _, err := Make(nil, o, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func TestSelectors(t *testing.T) {
	w := shop("web", forecast.Series{})
	w.Labels = map[string]string{"app": "web", "example.com/tier": "front"}
	for text, want := range map[string]bool{
		"": true, "*": true, "web": true, "w*": true, "api": false, "shop/*": true, "*/web": true, "other/*": false,
		"app=web": true, "app==web": true, "app!=web": false, "app=web,example.com/tier=front": true, "app=web,x=y": false, "x!=y": true,
	} {
		s, err := parseSelector(text)
		if err != nil || s(&w) != want {
			t.Errorf("%q: %v, %v", text, err, want)
		}
	}
}
