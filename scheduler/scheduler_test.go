package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
)

// noon is the demand of every workload here: a wave from 100 to 900 each day.
func noon(at time.Time) float64 {
	return 500 - 400*math.Cos(2*math.Pi*float64(at.Unix()%86400)/86400)
}

// loads answers reads from a function; an error or a panic of a query is a fault.
type loads struct {
	reads  atomic.Int64
	points atomic.Int64
	fault  func(expr string) error
	load   func(at time.Time) float64            // noon if nil; NaN is no sample
	others map[string]func(at time.Time) float64 // by query
}

func (l *loads) Read(ctx context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	l.reads.Add(1)
	if l.fault != nil {
		if err := l.fault(q.Expr); err != nil {
			return history.Result{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return history.Result{}, err
	}
	load := l.load
	if other := l.others[q.Expr]; other != nil {
		load = other
	}
	if load == nil {
		load = noon
	}
	var points []forecast.Point
	for at := from.Truncate(step); !at.After(to); at = at.Add(step) {
		if v := load(at); v == v {
			points = append(points, forecast.Point{Time: at, Value: v})
		}
	}
	l.points.Add(int64(len(points)))
	s, quality, err := forecast.NewSeries(points, step)
	return history.Result{Series: s, Quality: quality}, err
}

// fleet lists workloads, and keeps the floors that are set on them.
type fleet struct {
	mu   sync.Mutex
	list []workload.Workload
	sets map[string]int
	hold func(ctx context.Context) // called by Apply
}

func newFleet(names ...string) *fleet {
	f := &fleet{sets: map[string]int{}}
	for _, n := range names {
		p := recommender.DefaultPolicy()
		p.Mode = recommender.Enforce
		f.list = append(f.list, workload.Workload{
			Key: workload.Key{Namespace: "shop", Name: n}, UID: n, Kind: "HorizontalPodAutoscaler", Policy: p,
			Sources:  []workload.Source{{Name: "requests", Query: history.Query{Expr: n}, Capacity: recommender.Capacity{PerPod: 100, Unit: "requests/s"}}},
			Baseline: 2, Floor: 2, Ceiling: 40,
		})
	}
	return f
}

func (f *fleet) Workloads(context.Context) ([]workload.Workload, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]workload.Workload(nil), f.list...), nil
}

func (f *fleet) Workload(k workload.Key) (workload.Workload, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return workload.Find(f.list, k)
}

func (f *fleet) Recall(*workload.Workload) {}
func (f *fleet) Forget()                   {}

func (f *fleet) Apply(ctx context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error) {
	if f.hold != nil {
		f.hold(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return workload.Applied{}, err
	}
	for i := range f.list {
		if f.list[i].Key == w.Key {
			f.list[i].Floor = d.Floor
			f.sets[w.Name]++
		}
	}
	return workload.Applied{Changed: true, Outcome: "Raised"}, nil
}

// floors is what the floors are now, by name.
func (f *fleet) floors() map[string]int32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	floors := map[string]int32{}
	for _, w := range f.list {
		floors[w.Name] = w.Floor
	}
	return floors
}

func (f *fleet) set(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sets[name]
}

func quiet() Options {
	o := Defaults()
	o.Span, o.ProofWorkers, o.Log = 3*24*time.Hour, 0, slog.New(slog.DiscardHandler)
	return o
}

func build(t *testing.T, o Options, f *fleet, l *loads) *Scheduler {
	t.Helper()
	s, err := New(o, f, l, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func result(t *testing.T, s *Scheduler, name string) *Result {
	t.Helper()
	r, ok := s.Result(workload.Key{Namespace: "shop", Name: name})
	if !ok {
		t.Fatalf("no result for %s", name)
	}
	return r
}

func TestTickMakesAFloorAndAPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web")
		s := build(t, quiet(), f, &loads{})
		s.Lead()
		s.Tick(t.Context())
		r := result(t, s, "web")
		if r.Err != "" || len(r.Signals) != 1 || r.Signals[0].NoForecast != nil {
			t.Fatalf("%+v", r)
		}
		top := int32(0)
		for _, p := range r.Plan.Points {
			top = max(top, p.Floor)
		}
		if top < 9 {
			t.Errorf("the plan reaches %d pods for a peak of 900 at 100 a pod", top)
		}
		if f.set("web") != 1 {
			t.Errorf("applied %d times", f.set("web"))
		}
		v, ok := s.View(r.Workload.Key, 24*time.Hour)
		if !ok || v.Curves[0].Load == nil || v.Curves[0].History.Len() < 1440 || len(v.Full.Points) < 1440 {
			t.Errorf("the view lacks the curves of a day: %+v", v.Curves)
		}
	})
}

func TestOneWorkloadsFaultTouchesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("bad", "mad", "web")
		reg := prometheus.NewRegistry()
		o := quiet()
		o.Metrics = NewMetrics(reg)
		s := build(t, o, f, &loads{fault: func(expr string) error {
			switch expr {
			case "bad":
				return &history.Error{Kind: history.BadQuery, Query: expr, Err: errors.New("parse error")}
			case "mad":
				panic("a bug")
			}
			return nil
		}})
		s.Lead()
		s.Tick(t.Context())
		if r := result(t, s, "web"); r.Err != "" || r.Decision.Floor < 2 {
			t.Errorf("web suffers: %+v", r.Decision)
		}
		if r := result(t, s, "bad"); !strings.Contains(r.Err, "parse error") || r.Decision.Reason != recommender.ReasonNoForecast ||
			!strings.Contains(r.Decision.Message, `query "bad": parse error`) {
			t.Errorf("bad: %q, %s, %q", r.Err, r.Decision.Reason, r.Decision.Message)
		}
		if r := result(t, s, "mad"); !strings.Contains(r.Err, "a bug") || r.Decision.Floor != 2 {
			t.Errorf("mad: %q, floor %d", r.Err, r.Decision.Floor)
		}
		if f.set("mad") != 0 {
			t.Error("something was applied to the workload that panicked")
		}
		if n := testutil.ToFloat64(o.Metrics.failures.WithLabelValues("panic")); n != 1 {
			t.Errorf("%g panics counted", n)
		}
		if n := testutil.ToFloat64(o.Metrics.failures.WithLabelValues("BadQuery")); n != 1 {
			t.Errorf("%g bad queries counted", n)
		}
		// The one that panicked is handled again at the next tick: its lock is free.
		s.Tick(t.Context())
	})
}

func TestOnceWarmOnlyWhatIsNewIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loads{}
		s := build(t, quiet(), newFleet("web"), l)
		s.Lead()
		s.Tick(t.Context())
		cold := l.points.Swap(0)
		for range 10 {
			time.Sleep(time.Minute)
			s.Tick(t.Context())
		}
		if warm := l.points.Load(); cold < 4000 || warm > 100 {
			t.Errorf("%d points read cold and %d in ten ticks", cold, warm)
		}
	})
}

func TestStaleHistoryHoldsThenReturnsToTheBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// synctest's clock begins at midnight; go on to the morning's climb.
		time.Sleep(9 * time.Hour)
		var down atomic.Bool
		l := &loads{fault: func(string) error {
			if down.Load() {
				return &history.Error{Kind: history.Unreachable, Err: errors.New("connection refused")}
			}
			return nil
		}}
		f := newFleet("web")
		s := build(t, quiet(), f, l)
		s.Lead()
		ticks := func(n int) {
			for range n {
				s.Tick(t.Context())
				time.Sleep(time.Minute)
			}
		}
		ticks(20)
		raised := result(t, s, "web").Decision.Floor
		if raised < 8 {
			t.Fatalf("floor %d at nine in the morning", raised)
		}
		down.Store(true)
		ticks(5 + 25) // stale after 5 minutes, then held for 30
		r := result(t, s, "web")
		if r.Decision.Floor < raised || r.Decision.Reason != recommender.ReasonDoubt {
			t.Errorf("25 minutes into the doubt the floor is %d (%s), was %d", r.Decision.Floor, r.Decision.Reason, raised)
		}
		if !strings.Contains(r.Decision.Message, "connection refused") {
			t.Errorf("the message does not say what failed: %q", r.Decision.Message)
		}
		ticks(6)
		r = result(t, s, "web")
		if r.Decision.Reason != recommender.ReasonDoubtOver || r.Decision.Floor >= raised || r.Decision.Floor == 2 {
			t.Errorf("after the grace time the floor is %d (%s); want steps down from %d", r.Decision.Floor, r.Decision.Reason, raised)
		}
		ticks(22)
		if r = result(t, s, "web"); r.Decision.Floor != 2 {
			t.Errorf("the floor ends at %d, want the baseline", r.Decision.Floor)
		}
		down.Store(false)
		ticks(6)
		if r = result(t, s, "web"); r.Decision.Floor < 8 || r.Err != "" {
			t.Errorf("after recovery the floor is %d: %s", r.Decision.Floor, r.Decision.Message)
		}
	})
}

func TestOnlyTheLeaderActs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web")
		s := build(t, quiet(), f, &loads{})
		s.Tick(t.Context())
		if f.set("web") != 0 || result(t, s, "web").Applied.Outcome != "Standby" {
			t.Error("a standby acted")
		}
		reign, depose := context.WithCancel(t.Context())
		s.lead(reign, nil)
		synctest.Wait()
		if f.set("web") != 1 {
			t.Errorf("a new leader acted %d times; it has to tick at once", f.set("web"))
		}
		// A call that is under way when the leadership ends is cut short.
		f.hold = func(ctx context.Context) { depose(); <-ctx.Done() }
		s.Tick(t.Context())
		if f.set("web") != 1 || s.Leading() {
			t.Error("something was written after the leadership had ended")
		}
	})
}

func TestTicksDoNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web")
		s := build(t, quiet(), f, &loads{})
		s.Lead()
		release := make(chan struct{})
		f.hold = func(context.Context) { <-release }
		go s.Tick(t.Context())
		synctest.Wait()
		if s.Tick(t.Context()) {
			t.Error("a second tick ran beside the first")
		}
		close(release)
		synctest.Wait()
		if !s.Tick(t.Context()) {
			t.Error("no tick after the first had ended")
		}
	})
}

func TestTheDeadlineLeavesOutWhatItMustAndKeepsWhatWasKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		f := newFleet(names...)
		o := quiet()
		o.Workers = 1
		s := build(t, o, f, &loads{})
		s.Lead()
		s.Tick(t.Context())
		before := map[string]*Result{}
		for _, n := range names {
			before[n] = result(t, s, n)
		}
		f.hold = func(ctx context.Context) { <-ctx.Done() } // each takes all of its patience
		s.Tick(t.Context())
		kept := 0
		for _, n := range names {
			if result(t, s, n) == before[n] {
				kept++
			}
		}
		decided := int(o.Deadline / actPatience)
		if sum := s.LastTick(); sum.Cut != len(names)-decided || kept != sum.Cut {
			t.Errorf("%d workloads left out and %d with what was known; want %d", sum.Cut, kept, len(names)-decided)
		}
	})
}

func TestRunTicksByItsScheduleAndStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web")
		s := build(t, quiet(), f, &loads{})
		s.Lead()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		if !s.Ready() {
			t.Error("not ready after the first tick")
		}
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		if n := f.set("web"); n != 4 {
			t.Errorf("%d ticks in three minutes, want the first and three more", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestVanishedWorkloadsAreForgottenAndNewObjectsStartAfresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web", "api")
		s := build(t, quiet(), f, &loads{})
		s.Tick(t.Context())
		f.list = f.list[:1]
		f.list[0].UID = "another"
		old := s.states[f.list[0].Key]
		s.Tick(t.Context())
		if _, ok := s.Result(workload.Key{Namespace: "shop", Name: "api"}); ok || len(s.states) != 1 {
			t.Error("a workload that is gone is still known")
		}
		if s.states[f.list[0].Key] == old {
			t.Error("a new object of the same name took over the state of the old one")
		}
	})
}

func TestDryRunObservesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := quiet()
		o.DryRun = true
		s := build(t, o, newFleet("web"), &loads{})
		s.Tick(t.Context())
		if m := result(t, s, "web").Workload.Policy.Mode; m != recommender.Observe {
			t.Errorf("mode %s in a dry run", m)
		}
	})
}

func TestRefitsAreSpread(t *testing.T) {
	fitted := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	o := Defaults()
	seen := map[time.Duration]bool{}
	for i := range 200 {
		s := &signal{fitted: fitted, source: workload.Source{Query: history.Query{Expr: fmt.Sprint("query ", i)}}}
		d := s.refitAt(o).Sub(fitted)
		if d < o.Refit*3/4 || d > o.Refit*5/4 {
			t.Fatalf("refit after %s, want %s give or take a quarter", d, o.Refit)
		}
		seen[d.Truncate(time.Minute)] = true
	}
	if len(seen) < 20 {
		t.Errorf("200 signals are fitted again in only %d different minutes", len(seen))
	}
}

func TestOptionsAreValidated(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"tick":     func(o *Options) { o.Tick = "every minute" },
		"deadline": func(o *Options) { o.Deadline = 0 },
		"workers":  func(o *Options) { o.Workers = 0 },
		"step":     func(o *Options) { o.Step = time.Millisecond },
		"history":  func(o *Options) { o.Span = time.Minute },
		"horizon":  func(o *Options) { o.Horizon = 0 },
		"refit":    func(o *Options) { o.Refit = -1 },
		"stale":    func(o *Options) { o.Stale = time.Second },
	} {
		o := Defaults()
		spoil(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v does not name the option", name, err)
		}
	}
}

func TestCollectorExportsWhatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := build(t, quiet(), newFleet("web"), &loads{})
		s.Tick(t.Context())
		reg := prometheus.NewPedanticRegistry()
		reg.MustRegister(NewCollector(s))
		want := `
# HELP highwater_baseline The user's own minReplicas.
# TYPE highwater_baseline gauge
highwater_baseline{name="web",namespace="shop"} 2
# HELP highwater_workloads Workloads known.
# TYPE highwater_workloads gauge
highwater_workloads 1
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "highwater_baseline", "highwater_workloads"); err != nil {
			t.Error(err)
		}
	})
}

// hang makes every read wait until it is given up.
type hang struct{ *loads }

func (h hang) Read(ctx context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	<-ctx.Done()
	return history.Result{}, &history.Error{Kind: history.Timeout, Query: q.Expr, Err: ctx.Err()}
}

func TestAStoreThatHangsDoesNotStopActing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("a", "b", "c", "d", "e")
		for i := range f.list {
			f.list[i].Floor = 9
		}
		o := quiet()
		o.Workers = 2
		s, err := New(o, f, hang{&loads{}}, f, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Lead()
		for range 50 {
			s.Tick(t.Context())
			time.Sleep(o.Deadline)
		}
		if sum := s.LastTick(); sum.Cut != 0 {
			t.Errorf("%d workloads were left out", sum.Cut)
		}
		for _, w := range f.list {
			if w.Floor != 2 {
				t.Errorf("%s keeps floor %d long after the grace time: nothing was applied", w.Name, w.Floor)
			}
		}
	})
}

func TestARoundBeginsWhereTheLastWasCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("a", "b", "c", "d")
		o := quiet()
		o.Workers = 1
		s := build(t, o, f, &loads{})
		s.Lead()
		f.hold = func(ctx context.Context) { <-ctx.Done() }
		for range 4 {
			s.Tick(t.Context())
		}
		for _, w := range f.list {
			if _, ok := s.Result(w.Key); !ok {
				t.Errorf("%s never had its turn", w.Name)
			}
		}
	})
}

func TestTwoMetricsOfOneQueryKeepTheirCapacities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(12 * time.Hour) // noon, the peak of 900
		f := newFleet("web")
		src := f.list[0].Sources[0]
		src.Capacity.PerPod = 50
		f.list[0].Sources = append(f.list[0].Sources, src)
		reg := prometheus.NewPedanticRegistry()
		s := build(t, quiet(), f, &loads{})
		reg.MustRegister(NewCollector(s))
		for range 3 {
			s.Tick(t.Context())
			time.Sleep(time.Minute)
		}
		if d := result(t, s, "web").Decision; d.Needed < 17 || d.Capacity.PerPod != 50 {
			t.Errorf("%d pods needed at %g a pod; the smaller capacity has to win", d.Needed, d.Capacity.PerPod)
		}
		if _, err := reg.Gather(); err != nil {
			t.Error(err)
		}
	})
}

func TestAViewDoesNotWaitForPrometheus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, block := newFleet("web"), make(chan struct{})
		close(block)
		l := &loads{fault: func(string) error { <-block; return nil }}
		s := build(t, quiet(), f, l)
		s.Tick(t.Context())
		block = make(chan struct{})
		go s.Tick(t.Context())
		synctest.Wait() // the second tick is reading now
		// Had the view to wait, this would be a deadlock, which synctest reports.
		if v, ok := s.View(f.list[0].Key, time.Hour); !ok || len(v.Curves) != 1 || v.Curves[0].History.Len() == 0 {
			t.Errorf("view %+v, %v", v.Curves, ok)
		}
		close(block)
	})
}
