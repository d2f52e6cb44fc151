package scheduler

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A replayer says what a proof comes to, as a test wants it.
type replayer struct {
	mu    sync.Mutex
	cases []proof.Case
	hold  chan struct{} // what a verdict waits for; nil for nothing
	say   func(c *proof.Case) (*proof.Proof, error)
}

func (c *replayer) replay(k *proof.Case, tick proof.Tick) (*proof.Proof, error) {
	c.mu.Lock()
	c.cases = append(c.cases, *k)
	hold := c.hold
	c.mu.Unlock()
	if hold != nil {
		<-hold
		if err := tick(0.5); err != nil {
			return nil, err
		}
	}
	return c.say(k)
}

func (c *replayer) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.cases)
}

// saysVerdict makes a replayer of one verdict.
func saysVerdict(v proof.Verdict, quantile float64) *replayer {
	return &replayer{say: func(k *proof.Case) (*proof.Proof, error) {
		outcome := func(policy string, short, hours float64) proof.Result {
			return proof.Result{Policy: policy, Outcome: simulate.Outcome{Minutes: 1000, ShortMinutes: short, PodHours: hours}, Floors: &simulate.Floors{}}
		}
		return &proof.Proof{From: k.Loads[0].Start, To: k.Loads[0].End(), Verdict: v, Detail: "numbers", Quantile: quantile,
			Results: []proof.Result{outcome(proof.PolicyHPA, 20, 100), outcome(proof.PolicyHighwater, 2, 105)}}, nil
	}}
}

// replayable is a fleet that a replay can be made of.
func replayable(names ...string) *fleet {
	f := newFleet(names...)
	for i := range f.list {
		s := &f.list[i].Sources[0]
		s.Metric = simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Pods, Target: 100}
		s.Full = 125
	}
	return f
}

// schedulerWithProofs returns a scheduler that leads, with a replayer, at nine in the morning: the
// load climbs, and floors are above the baseline.
func schedulerWithProofs(t *testing.T, f *fleet, c *replayer, change ...func(*Options)) *Scheduler {
	t.Helper()
	time.Sleep(9 * time.Hour)
	o := quiet()
	o.ProofWorkers, o.Metrics = 1, NewMetrics(prometheus.NewRegistry())
	for _, f := range change {
		f(&o)
	}
	s := build(t, o, f, &loads{})
	s.replay = c.replay
	s.Lead()
	return s
}

func (f *fleet) floor(name string) int32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.list {
		if w.Name == name {
			return w.Floor
		}
	}
	return -1
}

// Apply of the fleet sets what is decided; a real actuator only gives back what
// is observed. enforced tells what would have been raised.
func enforced(r *Result) bool { return r.Workload.Policy.Mode == recommender.Enforce }

func TestFloorsWaitForTheirProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("web"), saysVerdict(proof.Proven, 0.8)
		c.hold = make(chan struct{})
		s := schedulerWithProofs(t, f, c)
		s.Tick(t.Context())
		synctest.Wait()
		r := result(t, s, "web")
		if enforced(r) || r.Proof.Pending == "" || r.Proof.Proof != nil || !strings.Contains(warned(r, workload.ProofPending), "only recommended until there is a proof") {
			t.Fatalf("before the proof: %s, %+v, %+v", r.Workload.Policy.Mode, r.Proof, r.Decision.Warnings)
		}
		close(c.hold)
		minute(t, s)
		r = result(t, s, "web")
		if !enforced(r) || !r.Proof.Proven() || r.Proof.Pending != "" || warned(r, workload.ProofPending) != "" || r.Decision.Floor <= 2 {
			t.Fatalf("with the proof: %s, %+v, %+v", r.Workload.Policy.Mode, r.Proof, r.Decision)
		}
		if r.Decision.Quantile != 0.8 || r.Decision.Capacity.PerPod != 125 || !strings.Contains(r.Decision.Capacity.Source, "carries at the most") {
			t.Errorf("the proof's quantile and a full pod: %g, %+v", r.Decision.Quantile, r.Decision.Capacity)
		}
		if len(r.Proof.Results) != 2 || r.Proof.Results[1].Floors != nil || r.Proof.At.IsZero() {
			t.Errorf("%+v", r.Proof)
		}
		k := c.cases[0]
		if k.Loop.Spec.Min != 2 || k.Loop.Spec.Max != 40 || k.Loop.PerPod[0] != 125 || k.Loop.Start.Fixed != 105*time.Second || k.Policy.Risk.Ratio != recommender.DefaultRatio ||
			k.Loads[0].Span() < 3*24*time.Hour-time.Minute || k.Check() != nil {
			t.Errorf("the case: %+v, %v", k, k.Check())
		}
		if c.count() != 1 {
			t.Errorf("proved %d times", c.count())
		}
		if n := testutil.ToFloat64(s.opts.Metrics.proofs.WithLabelValues("Proven")); n != 1 {
			t.Errorf("%g proofs counted", n)
		}
		reg := prometheus.NewPedanticRegistry()
		reg.MustRegister(NewCollector(s))
		want := `
# HELP highwater_lead_time_seconds From raising a floor to the new pods being Ready, as it is planned with.
# TYPE highwater_lead_time_seconds gauge
highwater_lead_time_seconds{name="web",namespace="shop"} 120
# HELP highwater_proof_short_ratio Share of the minutes of the proof with too few pods, by policy.
# TYPE highwater_proof_short_ratio gauge
highwater_proof_short_ratio{name="web",namespace="shop",policy="highwater"} 0.002
highwater_proof_short_ratio{name="web",namespace="shop",policy="hpa"} 0.02
# HELP highwater_proof_verdict 1 for the verdict of each proof; Pending if there is none yet, Withdrawn if it holds no more.
# TYPE highwater_proof_verdict gauge
highwater_proof_verdict{name="web",namespace="shop",verdict="Proven"} 1
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "highwater_lead_time_seconds", "highwater_proof_short_ratio", "highwater_proof_verdict"); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsNotProvenIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("web"), saysVerdict(proof.NaiveWins, 0.95)
		f.list[0].Floor, f.list[0].Lease = 9, &workload.Lease{Baseline: 2, Floor: 9}
		s := schedulerWithProofs(t, f, c)
		s.Tick(t.Context())
		synctest.Wait()
		if r := result(t, s, "web"); !enforced(r) || f.floor("web") < 8 || !strings.Contains(warned(r, workload.ProofPending), "stays in force") {
			t.Fatalf("a restart has lowered the floor to %d: %+v", f.floor("web"), r.Decision)
		}
		for range 12 {
			minute(t, s)
		}
		r := result(t, s, "web")
		if enforced(r) || f.floor("web") != 2 || !strings.Contains(warned(r, workload.ProofFailed), "NaiveWins") {
			t.Errorf("floor %d, %s, %+v", f.floor("web"), r.Workload.Policy.Mode, r.Decision.Warnings)
		}
		if r.Decision.Floor <= 2 {
			t.Errorf("nothing is recommended any more: %+v", r.Decision)
		}
	})
}

func TestSkippedProofsHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("web"), saysVerdict(proof.NoGain, 0.95)
		f.list[0].SkipProof = true
		s := schedulerWithProofs(t, f, c)
		s.Tick(t.Context())
		minute(t, s)
		if r := result(t, s, "web"); !enforced(r) || r.Proof.Verdict != proof.NoGain || warned(r, workload.ProofFailed)+warned(r, workload.ProofPending) != "" {
			t.Errorf("%s, %+v, %+v", r.Workload.Policy.Mode, r.Proof, r.Decision.Warnings)
		}
	})
}

func TestAChangeAsksForAnotherProof(t *testing.T) {
	changes := map[string]func(w *workload.Workload){
		"the baseline": func(w *workload.Workload) { w.Baseline = 3 },
		"the ceiling":  func(w *workload.Workload) { w.Ceiling = 50 },
		"the capacity": func(w *workload.Workload) { w.Sources[0].Full = 200 },
		"the policy":   func(w *workload.Workload) { w.Policy.Headroom = 0.1 },
		"the behavior": func(w *workload.Workload) {
			w.Behavior = &simulate.Behavior{Up: simulate.Rules{Window: new(time.Minute)}}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, c := replayable("web"), saysVerdict(proof.Proven, 0.8)
				s := schedulerWithProofs(t, f, c)
				s.Tick(t.Context())
				for range 5 {
					minute(t, s)
				}
				if c.count() != 1 {
					t.Fatalf("proved %d times of the same", c.count())
				}
				f.mu.Lock()
				change(&f.list[0])
				f.mu.Unlock()
				minute(t, s)
				if r := result(t, s, "web"); r.Proof.Proof != nil || !strings.Contains(r.Proof.Pending, "changed") {
					t.Errorf("at once: %+v", r.Proof)
				}
				minute(t, s)
				if r := result(t, s, "web"); c.count() != 2 || !r.Proof.Proven() || !enforced(r) {
					t.Errorf("proved %d times: %+v", c.count(), r.Proof)
				}
			})
		})
	}
}

// An API server that is away for a moment changes nothing.
func TestWhatIsUnknownForAWhileLeavesTheProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("web"), saysVerdict(proof.Proven, 0.8)
		s := schedulerWithProofs(t, f, c)
		s.Tick(t.Context())
		minute(t, s)
		for _, full := range []float64{0, 125} {
			f.mu.Lock()
			f.list[0].Sources = slices.Clone(f.list[0].Sources)
			f.list[0].Sources[0].Full = full
			f.mu.Unlock()
			minute(t, s)
			minute(t, s)
			if r := result(t, s, "web"); c.count() != 1 || !r.Proof.Proven() || !enforced(r) {
				t.Errorf("a pod that carries %g: %d proofs, %+v", full, c.count(), r.Proof)
			}
		}
	})
}

func TestProofsComeAgainAndShortHistoriesAreTriedWhenLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := replayable("web")
		born := time.Now().Add(-10 * time.Hour) // nine of them have passed once the scheduler is there
		c := saysVerdict(proof.Proven, 0.8)
		good := c.say
		c.say = func(k *proof.Case) (*proof.Proof, error) {
			if k.Loads[0].Span() < 3*24*time.Hour {
				return nil, &forecast.NoForecast{Reason: forecast.ReasonTooShort, Detail: "two days are needed"}
			}
			return good(k)
		}
		s := schedulerWithProofs(t, f, c, func(o *Options) { o.Span, o.Step, o.Stale = 15*24*time.Hour, 5*time.Minute, 15*time.Minute })
		s.history = &loads{load: func(at time.Time) float64 {
			if at.Before(born) {
				return nan
			}
			return noon(at)
		}}
		var tries []time.Duration
		seen := 0
		for range 2 * 24 * 6 {
			time.Sleep(30 * time.Minute)
			s.Tick(t.Context())
			synctest.Wait()
			if n := c.count(); n > seen {
				seen = n
				c.mu.Lock()
				tries = append(tries, c.cases[n-1].Loads[0].Span())
				c.mu.Unlock()
			}
			if r := result(t, s, "web"); r.Proof.Proof == nil && r.Proof.Pending == "" {
				t.Fatalf("neither a proof nor a reason: %+v", r.Proof)
			}
		}
		for i := 1; i < len(tries); i++ {
			if float64(tries[i]) < 1.4*float64(tries[i-1]) && tries[i]-tries[i-1] < 18*time.Hour {
				t.Errorf("tried at %s and again at %s", tries[i-1], tries[i])
			}
		}
		if r := result(t, s, "web"); !r.Proof.Proven() || len(tries) < 5 {
			t.Errorf("%d tries, %+v", len(tries), r.Proof)
		}
	})
}

func TestALoadThatChangesWithdrawsTheProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("web"), saysVerdict(proof.Proven, 0.8)
		s := schedulerWithProofs(t, f, c, func(o *Options) { o.ProofEvery = 100 * 24 * time.Hour; o.Step, o.Stale = 5*time.Minute, 15*time.Minute })
		rise := time.Now().Add(2 * time.Hour)
		s.history = &loads{load: func(at time.Time) float64 {
			if at.Before(rise) {
				return noon(at)
			}
			return 3 * noon(at)
		}}
		withdrawn := ""
		for range 4 * 24 * 12 {
			time.Sleep(5 * time.Minute)
			synctest.Wait()
			s.Tick(t.Context())
			r := result(t, s, "web")
			if r.Proof.Withdrawn != "" {
				withdrawn = r.Proof.Withdrawn
				if enforced(r) || !strings.Contains(warned(r, workload.ProofWithdrawn), withdrawn) {
					t.Errorf("withdrawn: %s, %+v", r.Workload.Policy.Mode, r.Decision.Warnings)
				}
			}
		}
		if withdrawn == "" || !strings.Contains(withdrawn, "requests has changed since the proof of") {
			t.Errorf("withdrawn: %q", withdrawn)
		}
		if r := result(t, s, "web"); c.count() != 2 || !enforced(r) || r.Proof.Withdrawn != "" {
			t.Errorf("proved %d times: %+v", c.count(), r.Proof)
		}
	})
}

// The replay itself, on a load that rises faster than the HPA follows.
func TestAProofOfRealReplays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := replayable("web")
		s := schedulerWithProofs(t, f, &replayer{}, func(o *Options) { o.Span, o.Step, o.Stale = 8*24*time.Hour, 5*time.Minute, 15*time.Minute })
		s.replay = replayAll
		s.history = &loads{load: func(at time.Time) float64 {
			if h := at.UTC().Hour(); h >= 9 && h < 12 {
				return 2000
			}
			return 150
		}}
		s.Tick(t.Context())
		minute(t, s)
		r := result(t, s, "web")
		if r.Proof.Proof == nil || len(r.Proof.Results) != len(proof.Policies) {
			t.Fatalf("%+v", r.Proof)
		}
		if !r.Proof.Proven() {
			t.Errorf("%s: %s", r.Proof.Verdict, r.Proof.Detail)
		}
	})
}
