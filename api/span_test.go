package api

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// lengths are steps that are shorter than that of the samples, as long, a multiple
// of it, and none.
var lengths = []time.Duration{time.Second, time.Minute, 90 * time.Second, 5 * time.Minute, 7 * time.Minute, time.Hour}

func randomSeries(r *rand.Rand) forecast.Series {
	s := forecast.Series{Start: now.Add(time.Duration(r.IntN(600)) * time.Minute), Step: time.Minute, Values: make([]float64, 1+r.IntN(300))}
	for i := range s.Values {
		if s.Values[i] = r.Float64() * 100; r.IntN(4) == 0 {
			s.Values[i] = math.NaN()
		}
	}
	return s
}

// within returns the known samples of one step.
func within(s forecast.Series, from time.Time, step time.Duration) (known []float64) {
	for i, v := range s.Values {
		if at := s.Time(i); !at.Before(from) && at.Before(from.Add(step)) && !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	return known
}

func TestAStepHasTheMeanTheMostAndTheFewestOfItsSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s, step := randomSeries(r), lengths[r.IntN(len(lengths))]
		part := span{step: step}
		means, most, fewest := part.series(s, mean), part.series(s, slices.Max[[]float64]), part.series(s, slices.Min[[]float64])
		if step <= s.Step {
			if means.Step != s.Step || !means.Start.Equal(s.Start) || !sameValues(means.Values, s.Values) {
				t.Fatalf("step %s: not the samples themselves", step)
			}
			continue
		}
		if means.Start.After(s.Start) || means.Time(means.Len()).Before(s.End()) || !means.Start.Equal(means.Start.Truncate(step)) {
			t.Fatalf("step %s: %s to %s for samples from %s to %s", step, means.Start, means.End(), s.Start, s.End())
		}
		for i := range means.Values {
			known := within(s, means.Time(i), step)
			if len(known) == 0 {
				if !math.IsNaN(means.Values[i]) || !math.IsNaN(most.Values[i]) || !math.IsNaN(fewest.Values[i]) {
					t.Fatalf("step %s: a value for %s, of which nothing is known", step, means.Time(i))
				}
				continue
			}
			sum := 0.0
			for _, v := range known {
				sum += v
			}
			if math.Abs(means.Values[i]*float64(len(known))-sum) > 1e-9 || most.Values[i] != slices.Max(known) || fewest.Values[i] != slices.Min(known) {
				t.Fatalf("step %s: mean %g, most %g, fewest %g of %v", step, means.Values[i], most.Values[i], fewest.Values[i], known)
			}
		}
		if step%s.Step == 0 {
			if want := s.Resample(step); !want.Start.Equal(means.Start) || len(want.Values) != means.Len() {
				t.Fatalf("step %s: %d values from %s, Resample has %d from %s", step, means.Len(), means.Start, len(want.Values), want.Start)
			}
		}
	}
}

func sameValues(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

func TestOnlyWhatIsCoveredIsAnswered(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		s := randomSeries(r)
		from := s.Start.Add(time.Duration(r.IntN(400)-50) * 30 * time.Second)
		part := span{from: from, to: from.Add(time.Duration(r.IntN(200)) * 30 * time.Second)}
		got := part.series(s, mean)
		want := s.Between(part.from, part.to)
		if !sameValues(got.Values, want.Values) || got.Len() > 0 && !got.Start.Equal(want.Start) {
			t.Fatalf("%s to %s: %d values from %s, want %d from %s", part.from, part.to, got.Len(), got.Start, want.Len(), want.Start)
		}
	}
}

func TestQuantilesStayInOrderAndCoverEachStep(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		p := &forecast.Paths{Start: now.Add(time.Duration(r.IntN(60)) * time.Minute), Step: time.Minute, Taus: []float64{0.1, 0.5, 0.95}}
		for range 1 + r.IntN(200) {
			row := []float64{r.Float64(), r.Float64(), r.Float64()}
			slices.Sort(row)
			p.Values = append(p.Values, row...)
		}
		before := slices.Clone(p.Values)
		step := lengths[r.IntN(len(lengths))]
		got := span{step: step}.paths(p)
		for i := range got.Steps() {
			if row := got.Row(i); !slices.IsSorted(row) {
				t.Fatalf("step %s: row %v", step, row)
			}
		}
		for i := range p.Steps() {
			k := int(p.Time(i).Sub(got.Start) / got.Step)
			for c, v := range p.Row(i) {
				if got.Row(k)[c] < v {
					t.Fatalf("step %s: %g stands for %g", step, got.Row(k)[c], v)
				}
			}
		}
		for i := range got.Steps() {
			for c, v := range got.Row(i) {
				if !slices.ContainsFunc(rows(p), func(row []float64) bool { return row[c] == v }) {
					t.Fatalf("step %s: %g is nowhere in the forecast", step, v)
				}
			}
		}
		if !slices.Equal(before, p.Values) {
			t.Fatal("the model's own forecast was changed")
		}
	}
}

func rows(p *forecast.Paths) (all [][]float64) {
	for i := range p.Steps() {
		all = append(all, p.Row(i))
	}
	return all
}

func TestNoFloorAndNoNeedIsLostFromAPlan(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		var points []PlanPoint
		start := now.Add(time.Duration(r.IntN(60)) * time.Minute)
		for i := range 1 + r.IntN(300) {
			floor := int32(r.IntN(20))
			points = append(points, PlanPoint{start.Add(time.Duration(i) * time.Minute), floor, int32(r.IntN(20)), r.Float64(), r.Float64(), fmt.Sprint(floor)})
		}
		before := slices.Clone(points)
		step := lengths[r.IntN(len(lengths))]
		got := span{step: step}.plan(points, time.Minute)
		if !got[0].Time.Equal(start) {
			t.Fatalf("step %s: the plan begins at %s, not at %s", step, got[0].Time, start)
		}
		for _, p := range points {
			i := slices.IndexFunc(got, func(g PlanPoint) bool { return g.Time.After(p.Time) })
			if i < 0 {
				i = len(got)
			}
			if g := got[i-1]; g.Floor < p.Floor || g.Needed < p.Needed || g.Load < p.Load || g.Median < p.Median || g.Reason != fmt.Sprint(g.Floor) {
				t.Fatalf("step %s: %+v stands for %+v", step, g, p)
			}
		}
		for _, g := range got {
			if !slices.ContainsFunc(points, func(p PlanPoint) bool { return p.Floor == g.Floor && !p.Time.Before(g.Time) }) {
				t.Fatalf("step %s: a floor of %d that is nowhere in the plan from then on", step, g.Floor)
			}
		}
		if !slices.Equal(before, points) {
			t.Fatal("the plan itself was changed")
		}
	}
}

// heldAt is what held at a time.
func heldAt(changes []PastPoint, at time.Time) (p PastPoint, ok bool) {
	for _, c := range changes {
		if !c.Time.After(at) {
			p, ok = c, true
		}
	}
	return p, ok
}

func TestThePastOfAStepIsTheMostThatHeld(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		var changes []PastPoint
		at := now
		for range 1 + r.IntN(80) {
			at = at.Add(time.Duration(1+r.IntN(30)) * 20 * time.Second)
			changes = append(changes, PastPoint{at, int32(r.IntN(5)), int32(r.IntN(5))})
		}
		end := at.Add(time.Duration(r.IntN(100)) * time.Minute)
		step := lengths[r.IntN(len(lengths))]
		got := span{step: step}.past(changes, end)
		if !slices.IsSortedFunc(got, func(a, b PastPoint) int { return a.Time.Compare(b.Time) }) || got[len(got)-1].Time.After(end) {
			t.Fatalf("step %s, until %s: %+v", step, end, got)
		}
		// All changes, and the beginnings of all steps, are at multiples of 10 s.
		for at := changes[0].Time; !at.After(end); at = at.Add(10 * time.Second) {
			var floor, replicas int32
			for u := at.Truncate(step); u.Before(at.Truncate(step).Add(step)); u = u.Add(min(step, 10*time.Second)) {
				held, _ := heldAt(changes, u)
				floor, replicas = max(floor, held.Floor), max(replicas, held.Replicas)
			}
			if g, ok := heldAt(got, at); !ok || g.Floor != floor || g.Replicas != replicas {
				t.Fatalf("step %s: %+v at %s, where %d and %d are the most that held", step, g, at, floor, replicas)
			}
		}
	}
}

func TestThePastBeginsWithWhatHeldThen(t *testing.T) {
	changes := []PastPoint{{now, 1, 1}, {now.Add(10 * time.Minute), 2, 2}, {now.Add(20 * time.Minute), 3, 3}}
	part := span{from: now.Add(15 * time.Minute), to: now.Add(18 * time.Minute)}
	if got := part.past(changes, now.Add(time.Hour)); !slices.Equal(got, changes[1:2]) {
		t.Errorf("%+v", got)
	}
	part = span{from: now.Add(-2 * time.Hour), to: now.Add(-time.Hour)}
	if got := part.past(changes, now.Add(time.Hour)); len(got) != 0 {
		t.Errorf("before anything was seen: %+v", got)
	}
}

func TestForecastAndPlanAreReducedAndCut(t *testing.T) {
	srv := start(t, shop(), true)
	var f Forecast
	get(t, srv, "/api/v1/workloads/shop/web/forecast?history=2h&step=10m", &f)
	if f.History.StepSeconds != 600 || len(f.History.Values) != 13 || *f.History.Values[0] != 495 || f.Forecast.StepSeconds != 600 || len(f.Forecast.Values) < 144 || len(f.Forecast.Values) > 145 {
		t.Errorf("history %+v, %d rows every %g s", f.History, len(f.Forecast.Values), f.Forecast.StepSeconds)
	}
	var p Plan
	get(t, srv, "/api/v1/workloads/shop/web/plan?step=10m", &p)
	if p.StepSeconds != 600 || len(p.Points) < 144 || len(p.Points) > 145 || p.Points[0].Floor != 5 || !p.Points[0].Time.Equal(now) || *p.Pods.Ready.Values[0] != 2 {
		t.Errorf("%d points every %g s, the first %+v", len(p.Points), p.StepSeconds, p.Points[0])
	}
	within := fmt.Sprintf("from=%s&to=%s", now.Add(-90*time.Minute).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339))
	f, p = Forecast{}, Plan{}
	get(t, srv, "/api/v1/workloads/shop/web/forecast?"+within, &f)
	get(t, srv, "/api/v1/workloads/shop/web/plan?"+within, &p)
	if len(f.History.Values) != 91 || len(f.Forecast.Values) > 61 || len(f.Forecast.Values) < 59 || len(p.Points) != 61 {
		t.Errorf("%d values, %d rows, %d points", len(f.History.Values), len(f.Forecast.Values), len(p.Points))
	}
	f = Forecast{}
	get(t, srv, "/api/v1/workloads/shop/web/forecast?from="+now.Add(time.Minute).Format(time.RFC3339), &f)
	if f.History != nil || f.Forecast == nil {
		t.Errorf("from now on: history %+v", f.History)
	}
}

func TestAPlanInThePagesStepsIsSmall(t *testing.T) {
	srv := start(t, shop(), true)
	_, whole := mustAsk(t, srv, "/api/v1/workloads/shop/web/plan", "")
	_, steps := mustAsk(t, srv, "/api/v1/workloads/shop/web/plan?step=600s", "")
	if len(steps) > 40_000 || len(whole) < 4*len(steps) {
		t.Errorf("%d bytes in steps of 10 minutes, %d in all", len(steps), len(whole))
	}
}

func TestABadPartIsNamed(t *testing.T) {
	srv := start(t, shop(), true)
	for query, where := range map[string]string{
		"step=0":                               "query.step",
		"step=-5m":                             "query.step",
		"step=500ms":                           "query.step",
		"step=25h":                             "query.step",
		"step=soon":                            "query.step",
		"from=yesterday":                       "query.from",
		"to=1700000000":                        "query.to",
		"from=" + stamp(2) + "&to=" + stamp(1): "query.to",
	} {
		for _, of := range []string{"plan", "forecast"} {
			var problem struct {
				Errors []struct{ Message, Location string }
			}
			resp := get(t, srv, "/api/v1/workloads/shop/web/"+of+"?"+query, &problem)
			if resp.StatusCode != http.StatusUnprocessableEntity || len(problem.Errors) != 1 || problem.Errors[0].Location != where || problem.Errors[0].Message == "" {
				t.Errorf("%s?%s: %d, %+v", of, query, resp.StatusCode, problem.Errors)
			}
			if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/problem+json") {
				t.Errorf("%s?%s: content type %s", of, query, ct)
			}
		}
	}
	var problem struct{ Errors []struct{ Location string } }
	get(t, srv, "/api/v1/workloads/shop/web/forecast?from="+now.AddDate(0, 0, -29).Format(time.RFC3339), &problem)
	if len(problem.Errors) != 1 || problem.Errors[0].Location != "query.from" {
		t.Errorf("a month back: %+v", problem.Errors)
	}
}

func stamp(hours int) string { return now.Add(time.Duration(hours) * time.Hour).Format(time.RFC3339) }
