package proof

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

var t0 = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// of makes a series of so many days.
func of(days float64, step time.Duration, load func(at time.Time) float64) forecast.Series {
	s := forecast.Series{Start: t0, Step: step, Values: make([]float64, int(days*24*float64(time.Hour)/float64(step)))}
	for i := range s.Values {
		s.Values[i] = load(s.Time(i))
	}
	return s
}

// office is a load that rises steeply each morning, from 2 pods' to 20.
func office(r *rand.Rand) func(time.Time) float64 {
	return func(at time.Time) float64 {
		h := float64(at.Hour()) + float64(at.Minute())/60
		v := 200.0
		if h >= 9 && h < 17 {
			v = 2000
		}
		return v * (1 + 0.03*r.NormFloat64())
	}
}

func noise() *rand.Rand { return rand.New(rand.NewPCG(5, 6)) }

// caseOf is a workload whose pods carry 100 and start in 90 s, with an HPA at 70 %.
func caseOf(load forecast.Series) *Case {
	p := recommender.DefaultPolicy()
	p.LeadTime = 2 * time.Minute
	return &Case{
		Loop: simulate.Loop{
			Spec:   simulate.Spec{Min: 2, Max: 100, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: 70}}},
			PerPod: []float64{100}, Start: simulate.Starts{Fixed: 90 * time.Second},
		},
		Loads: []forecast.Series{load}, Policy: p,
	}
}

func wavy(days float64, step time.Duration) *Case {
	r := noise()
	return caseOf(of(days, step, func(at time.Time) float64 {
		h := float64(at.Hour()) + float64(at.Minute())/60
		return max(0, 900-700*math.Cos(2*math.Pi*h/24)+150*math.Sin(2*math.Pi*h/3)+40*r.NormFloat64())
	}))
}

func mustProve(t *testing.T, c *Case, policies ...string) *Proof {
	t.Helper()
	x, err := c.Tournament(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := x.Prove(c.Policy.Risk, policies)
	if err != nil {
		t.Fatal(err)
	}
	hold(t, x, c.Policy.Risk, p)
	return p
}

func result(t *testing.T, p *Proof, policy string) Result {
	t.Helper()
	r, ok := p.Result(policy)
	if !ok {
		t.Fatalf("no result of %s", policy)
	}
	return r
}

func TestASteepMorningIsProven(t *testing.T) {
	p := mustProve(t, caseOf(of(14, time.Minute, office(noise()))))
	if p.Verdict != Proven {
		t.Fatalf("%s: %s", p.Verdict, p.Detail)
	}
	alone, own, oracle := result(t, p, PolicyHPA), result(t, p, PolicyHighwater), result(t, p, PolicyOracle)
	if alone.ShortMinutes < 5 {
		t.Fatalf("the HPA alone was short for %.1f minutes: the case shows nothing", alone.ShortMinutes)
	}
	if own.ShortMinutes > 0.1*alone.ShortMinutes || own.PodHours > 1.05*alone.PodHours {
		t.Errorf("short for %.1f minutes instead of %.1f at %.3f times the pods", own.ShortMinutes, alone.ShortMinutes, own.PodHours/alone.PodHours)
	}
	if oracle.ShortMinutes > 0 {
		t.Errorf("one who knows the load was short for %.1f minutes", oracle.ShortMinutes)
	}
	if own.FloorChanges > 60 {
		t.Errorf("%d changes of the floor in %.0f days", own.FloorChanges, own.Minutes/1440)
	}
}

func TestWhatNoForecastServesIsRefused(t *testing.T) {
	r := noise()
	jumps := func() func(time.Time) float64 { // to another level at random times
		level, left := 300.0, 0
		return func(time.Time) float64 {
			if left--; left < 0 {
				level, left = 200+2500*r.Float64(), 4+r.IntN(80)
			}
			return level
		}
	}
	tests := []struct {
		name string
		load func(time.Time) float64
		want []Verdict
	}{
		{"a calm load", func(time.Time) float64 { return 500 * (1 + 0.02*r.NormFloat64()) }, []Verdict{NotNeeded}},
		{"jumps out of nowhere", jumps(), []Verdict{NoForesight, NoGain, NaiveWins}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustProve(t, caseOf(of(14, 5*time.Minute, tt.load)))
			if !slices.Contains(tt.want, p.Verdict) || p.Proven() {
				t.Fatalf("%s: %s; want one of %v", p.Verdict, p.Detail, tt.want)
			}
			alone, own := result(t, p, PolicyHPA), result(t, p, PolicyHighwater)
			if own.ShortMinutes > 1.02*alone.ShortMinutes+1 || own.PodHours > 1.02*alone.PodHours {
				t.Errorf("refused, and yet short for %.1f minutes against %.1f at %.3f times the pods", own.ShortMinutes, alone.ShortMinutes, own.PodHours/alone.PodHours)
			}
		})
	}
}

// TestWhatComesLaterChangesNothing holds floors to what was known: two cases
// that part at a time have the same floors until then.
func TestWhatComesLaterChangesNothing(t *testing.T) {
	a := of(12, time.Minute, office(noise()))
	b := forecast.Series{Start: a.Start, Step: a.Step, Values: append([]float64(nil), a.Values...)}
	part := a.Index(t0.Add(10*24*time.Hour + 11*time.Hour))
	for i := part; i < len(b.Values); i++ {
		b.Values[i] = 5 * a.Values[i]
	}
	one, two := mustProve(t, caseOf(a), PolicyHighwater), mustProve(t, caseOf(b), PolicyHighwater)
	x, y := result(t, one, PolicyHighwater).Floors, result(t, two, PolicyHighwater).Floors
	until := int(a.Time(part).Sub(x.Start) / x.Step)
	raised := false
	for i := range until {
		if x.Values[i] != y.Values[i] {
			t.Fatalf("at %s the floors are %d and %d, before the loads part", x.Start.Add(time.Duration(i)*x.Step), x.Values[i], y.Values[i])
		}
		raised = raised || x.Values[i] > 2
	}
	if !raised {
		t.Error("no floor was raised: the case shows nothing")
	}
}

func TestABudgetIsKept(t *testing.T) {
	c := caseOf(of(21, 5*time.Minute, office(noise())))
	for _, budget := range []float64{0.0005, 0.5} {
		c.Policy.Risk = recommender.Risk{Budget: budget}
		p := mustProve(t, c, PolicyHPA, PolicyHighwater)
		alone, own := result(t, p, PolicyHPA), result(t, p, PolicyHighwater)
		if own.ShortMinutes > 1.5*budget*own.Minutes {
			t.Errorf("budget %g: short for %.1f of %.0f minutes", budget, own.ShortMinutes, own.Minutes)
		}
		if budget == 0.5 && (p.Verdict != NotNeeded || own.PodHours != alone.PodHours) {
			t.Errorf("a budget that the HPA keeps to by itself gave %s and %.1f pod-hours against %.1f", p.Verdict, own.PodHours, alone.PodHours)
		}
	}
}

func TestAPlainQuantileIsKept(t *testing.T) {
	c := caseOf(of(10, time.Minute, office(noise())))
	c.Policy.Risk, c.Policy.Quantile = recommender.Risk{}, 0.9
	p := mustProve(t, c, PolicyHPA, PolicyHighwater)
	if p.Quantile != 0.9 || c.capacityOf(t) != 70 {
		t.Errorf("quantile %g, a pod carries %g; want the policy's 0.9 and the target", p.Quantile, c.capacityOf(t))
	}
	if p.Verdict != Proven {
		t.Errorf("%s: %s", p.Verdict, p.Detail)
	}
}

func (c *Case) capacityOf(t *testing.T) float64 {
	t.Helper()
	s, err := c.stage()
	if err != nil {
		t.Fatal(err)
	}
	return s.capacity(0)
}

func TestGapsAreNotZero(t *testing.T) {
	s := of(12, time.Minute, office(noise()))
	for i := range s.Values {
		if day := i / 1440; day > 3 && i%1440 > 600 && i%1440 < 640 {
			s.Values[i] = math.NaN()
		}
	}
	p := mustProve(t, caseOf(s))
	own := result(t, p, PolicyHighwater)
	if want := own.Minutes; want > 12*1440*0.4-3*39 {
		t.Errorf("%.0f minutes were scored, those that are not known too", want)
	}
	f := own.Floors
	for i, n := range f.Values {
		at := f.Start.Add(time.Duration(i) * f.Step)
		if at.Hour() == 10 && at.Minute() < 40 && at.Sub(t0) > 8*24*time.Hour && n < 15 {
			t.Fatalf("at %s, in a gap of the working day, the floor is %d", at, n)
		}
	}
}

func TestSeveralMetrics(t *testing.T) {
	a, b := of(10, 5*time.Minute, office(noise())), of(10, 5*time.Minute, func(time.Time) float64 { return 100 })
	c := caseOf(b)
	c.Loop.Spec.Metrics = append(c.Loop.Spec.Metrics, simulate.Metric{Kind: simulate.AverageValue, Target: 70})
	c.Loop.PerPod, c.Loads = []float64{100, 100}, []forecast.Series{b, a}
	p := mustProve(t, c)
	if own := result(t, p, PolicyHighwater); p.Verdict != Proven || own.MaxPods < 20 {
		t.Errorf("%s: %s; %d pods", p.Verdict, p.Detail, own.MaxPods)
	}
}

func TestBadCasesAreRefusedByName(t *testing.T) {
	good := func() *Case { return caseOf(of(10, 5*time.Minute, office(noise()))) }
	tests := []struct {
		name string
		edit func(*Case)
		want []string
	}{
		{"no capacity", func(c *Case) { c.Loop.PerPod[0] = 0 }, []string{"PerPod[0] is 0"}},
		{"two loads for one metric", func(c *Case) { c.Loads = append(c.Loads, c.Loads[0]) }, []string{"2 loads for 1 metrics"}},
		{"a budget of all", func(c *Case) { c.Policy.Risk.Budget = 1 }, []string{"risk.budget is 1"}},
		{"a ceiling below the baseline", func(c *Case) { c.Loop.Spec.Min = 200 }, []string{"200", "100"}},
		{"nothing known", func(c *Case) {
			for i := range c.Loads[0].Values {
				c.Loads[0].Values[i] = math.NaN()
			}
		}, []string{"load 1 is not known at any time"}},
		{"too short", func(c *Case) { c.Loads[0].Values = c.Loads[0].Values[:288] }, []string{"a replay needs", "1.0 days"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good()
			tt.edit(c)
			_, err := c.Prove(nil, nil)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
	if _, err := good().Prove([]string{"magic"}, nil); err == nil || !strings.Contains(err.Error(), `"magic"`) {
		t.Errorf("an unknown policy gave %v", err)
	}
}

func TestProgressMayEndIt(t *testing.T) {
	stop := errors.New("enough")
	last := 0.0
	_, err := caseOf(of(10, 5*time.Minute, office(noise()))).Prove(nil, func(done float64) error {
		if done < last || done > 1 {
			t.Errorf("progress went from %g to %g", last, done)
		}
		if last = done; done > 0.3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Errorf("ended with %v", err)
	}
}

// TestAMinuteADayIsProven is a workload with one short spike a day, and no more
// than three days of history.
func TestAMinuteADayIsProven(t *testing.T) {
	for name, at := range map[string]time.Duration{"soon": 5 * time.Minute, "under way": -20 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			width := time.Minute
			if at < 0 {
				width = time.Hour
			}
			s := of(3, 10*time.Second, func(now time.Time) float64 {
				since := (now.Sub(t0) - at + 48*time.Hour) % (24 * time.Hour)
				if since < width {
					return 1150
				}
				return 150 + 5*math.Sin(float64(now.Unix())/7)
			})
			c := caseOf(s)
			c.Loop.Spec.Metrics[0].Target, c.Loop.PerPod[0], c.Loop.Start.Fixed = 100, 125, 30*time.Second
			c.Step = 10 * time.Second
			c.Policy.LeadTime, c.Policy.Hold, c.Policy.StepEvery = 40*time.Second, 20*time.Second, 2*time.Second
			for _, risk := range []recommender.Risk{{}, {Ratio: recommender.DefaultRatio}} {
				c.Policy.Risk = risk
				if p := mustProve(t, c); p.Verdict != Proven {
					t.Errorf("risk %+v: %s: %s", risk, p.Verdict, p.Detail)
				}
			}
		})
	}
}
