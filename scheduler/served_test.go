package scheduler

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// serving is a fleet in which nothing is written for floors that are served, but to
// give back what an object still carries.
type serving struct{ *fleet }

func (f serving) Apply(ctx context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error) {
	switch {
	case w.AsMetric && w.Lease == nil, w.Policy.Mode != recommender.Enforce && w.Lease == nil:
		return workload.Applied{Outcome: workload.OutcomeServed}, nil
	case w.AsMetric || w.Policy.Mode != recommender.Enforce:
		d.Floor = min(d.Floor, w.Floor)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		if x := &f.list[i]; x.Key == w.Key {
			if x.Floor, x.Lease = d.Floor, nil; d.Floor > w.Baseline {
				x.Lease = &workload.Lease{Baseline: w.Baseline, Floor: d.Floor}
			}
		}
	}
	return workload.Applied{Changed: true, Outcome: "Raised"}, nil
}

// change changes a workload, as its policy or a new look at it does.
func (f serving) change(name string, change func(*workload.Workload)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		if f.list[i].Name == name {
			change(&f.list[i])
		}
	}
}

func newServing(t *testing.T, o Options, f *fleet) *Scheduler {
	t.Helper()
	x := serving{f}
	s, err := New(o, x, &loads{}, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Lead()
	return s
}

// asked is what the metric of a workload says.
func asked(t *testing.T, s *Scheduler, name string) Asked {
	t.Helper()
	r, ok := s.Result(key("shop", name))
	if !ok {
		t.Fatalf("nothing is known of %s", name)
	}
	a, err := r.Asked(s.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAServedFloorIsTheOneThatWouldBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("written", "served")
		for i := range f.list {
			f.list[i].Sources[0].Query.Expr = "one"
		}
		serving{f}.change("served", func(w *workload.Workload) { w.AsMetric = true })
		s := newServing(t, quiet(), f)
		most := int32(0)
		for range 24 * 30 {
			s.Tick(t.Context())
			time.Sleep(2 * time.Minute)
			floor, a := f.floors(), asked(t, s, "served")
			if want := floor["written"]; max(a.Pods, 2) != want || a.Pods != 0 && a.Pods <= 2 {
				t.Fatalf("%s: %d pods are asked for, and %d were written", s.Now().Format("15:04"), a.Pods, want)
			}
			if floor["served"] != 2 {
				t.Fatalf("minReplicas of what is only served is %d", floor["served"])
			}
			if r, _ := s.Result(key("shop", "served")); a.Why != r.Decision.Message {
				t.Fatalf("%d pods since %q, and the floor since %q", a.Pods, a.Why, r.Decision.Message)
			}
			most = max(most, a.Pods)
		}
		if most < 8 {
			t.Errorf("at most %d pods were asked for in a day", most)
		}
	})
}

// falls checks that a number of pods comes down to 0 or the baseline in steps of the
// default policy: a tenth, or one pod, each minute.
func falls(t *testing.T, what string, seen []int32, end int32) {
	t.Helper()
	for i, n := range seen[1:] {
		if was := seen[i]; n > was || was-n > max(1, int32(math.Ceil(float64(was)/10))) && n != end {
			t.Errorf("%s: %v: from %d to %d in one minute", what, seen, was, n)
		}
	}
	if last := seen[len(seen)-1]; last != end {
		t.Errorf("%s: %v ends at %d, want %d", what, seen, last, end)
	}
}

func TestAServedFloorIsGivenBackInSteps(t *testing.T) {
	for name, end := range map[string]func(*workload.Workload){
		"observed":  func(w *workload.Workload) { w.Policy.Mode = recommender.Observe },
		"suspended": func(w *workload.Workload) { w.Policy.Suspend = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(9 * time.Hour)
				f := newFleet("web")
				serving{f}.change("web", func(w *workload.Workload) { w.AsMetric = true })
				s := newServing(t, quiet(), f)
				tick := func() int32 {
					s.Tick(t.Context())
					time.Sleep(time.Minute)
					return asked(t, s, "web").Pods
				}
				var up int32
				for range 10 {
					up = tick()
				}
				if up < 7 {
					t.Fatalf("%d pods are asked for at nine", up)
				}
				serving{f}.change("web", end)
				seen := []int32{up}
				for range 30 {
					seen = append(seen, tick())
				}
				falls(t, name, seen, 0)
				if a := asked(t, s, "web"); !strings.HasPrefix(a.Why, "floors are ") {
					t.Errorf("no pods are asked for since %q", a.Why)
				}
			})
		})
	}
}

// A policy that serves what it wrote before: the pods are asked for at once, and the
// object is given back in steps; and the other way round.
func TestAFloorMovesFromTheObjectToTheMetricAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(9 * time.Hour)
		f := newFleet("web")
		s := newServing(t, quiet(), f)
		tick := func() {
			s.Tick(t.Context())
			time.Sleep(time.Minute)
		}
		for range 10 {
			tick()
		}
		was := f.floors()["web"]
		if was < 7 || asked(t, s, "web").Pods != 0 {
			t.Fatalf("floor %d, and %+v is asked for", was, asked(t, s, "web"))
		}
		serving{f}.change("web", func(w *workload.Workload) { w.AsMetric = true })
		written := []int32{was}
		for range 30 {
			tick()
			written = append(written, f.floors()["web"])
			if a := asked(t, s, "web"); a.Pods < was {
				t.Fatalf("%d pods are asked for of a floor that was %d", a.Pods, was)
			}
		}
		falls(t, "the object", written, 2)
		served := asked(t, s, "web").Pods
		serving{f}.change("web", func(w *workload.Workload) { w.AsMetric = false })
		tick()
		if n := f.floors()["web"]; n < served {
			t.Errorf("%d is written at once, and %d was served", n, served)
		}
		if a := asked(t, s, "web"); a.Pods != 0 || !strings.Contains(a.Why, "actuation Metric") {
			t.Errorf("%+v", a)
		}
	})
}

// The status of the policy is what a new process knows of a floor that is served: it
// lowers nothing before there is a proof, and nothing while the load is not known.
func TestARestartLowersNoServedFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := saysVerdict(proof.Proven, 0.9)
		c.hold = make(chan struct{})
		f := replayable("web", "new")
		serving{f}.change("web", func(w *workload.Workload) { w.AsMetric, w.Served = true, 12 })
		serving{f}.change("new", func(w *workload.Workload) { w.AsMetric = true })
		time.Sleep(9 * time.Hour)
		o := quiet()
		o.ProofWorkers = 1
		s := newServing(t, o, f)
		s.replay = c.replay
		down := &loads{fault: func(string) error { return context.DeadlineExceeded }}
		read := s.history
		s.history = down
		for range 5 {
			s.Tick(t.Context())
			time.Sleep(time.Minute)
			if a := asked(t, s, "web"); a.Pods != 12 {
				t.Fatalf("%+v while nothing is known", a)
			}
		}
		s.history = read
		var seen []int32
		for range 5 {
			s.Tick(t.Context())
			time.Sleep(time.Minute)
			seen = append(seen, asked(t, s, "web").Pods)
		}
		if slices.Min(seen) < 7 {
			t.Errorf("%v pods before there is a proof; nine o'clock needs more", seen)
		}
		if a := asked(t, s, "new"); a.Pods != 0 || !strings.Contains(a.Why, "until there is a proof") {
			t.Errorf("%+v of a workload that has no proof", a)
		}
		close(c.hold)
		s.background.Wait()
	})
}

// A schedule needs no proof, wherever its floor stands.
func TestAScheduledFloorIsServedWithoutAProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := replayable("web")
		serving{f}.change("web", func(w *workload.Workload) { w.AsMetric, w.Schedules = true, opening() })
		time.Sleep(9*time.Hour + 45*time.Minute)
		o := quiet()
		o.ProofWorkers = 1
		s := newServing(t, o, f)
		s.replay = saysVerdict(proof.NoGain, 0.8).replay
		var seen []int32
		for range 30 {
			s.Tick(t.Context())
			synctest.Wait()
			time.Sleep(time.Minute)
			seen = append(seen, asked(t, s, "web").Pods)
		}
		if seen[1] != 0 || seen[len(seen)-1] != 20 {
			t.Errorf("%v pods are asked for around a schedule of 20 from ten on", seen)
		}
		if a := asked(t, s, "web"); !strings.Contains(a.Why, "opening") {
			t.Errorf("%+v", a)
		}
	})
}

func TestWhatIsNotDecidedAnyMoreIsNotAskedFor(t *testing.T) {
	r := &Result{At: time.Unix(0, 0), Workload: workload.Workload{Key: key("shop", "web"), AsMetric: true, Served: 5}}
	if a, err := r.Asked(r.At.Add(AskedFor)); err != nil || a.Pods != 5 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := r.Asked(r.At.Add(AskedFor + time.Second)); err == nil || !strings.Contains(err.Error(), "shop/web was last decided 30m1s ago") {
		t.Errorf("%v", err)
	}
}
