package inference

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/inference"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
)

// A cluster is one workload whose load is the trace.
type cluster struct{ load forecast.Series }

func (c cluster) Workloads(context.Context) ([]workload.Workload, error) {
	return []workload.Workload{{
		Key: workload.Key{Namespace: "shop", Name: "web"}, UID: "web", Kind: "HorizontalPodAutoscaler", Policy: recommender.DefaultPolicy(),
		Sources:  []workload.Source{{Name: "cpu", Query: history.Query{Expr: "cpu"}, Capacity: recommender.Capacity{PerPod: 1, Unit: "cores"}}},
		Baseline: 2, Floor: 2, Ceiling: 1000,
	}}, nil
}

func (c cluster) Workload(k workload.Key) (workload.Workload, bool) {
	list, _ := c.Workloads(context.Background())
	return workload.Find(list, k)
}

func (cluster) Recall(*workload.Workload) {}
func (cluster) Forget()                   {}

func (cluster) Apply(context.Context, workload.Workload, recommender.Decision) (workload.Applied, error) {
	return workload.Applied{}, nil
}

func (c cluster) Read(_ context.Context, _ history.Query, from, to time.Time, _ time.Duration) (history.Result, error) {
	return history.Result{Series: c.load.Between(from, to)}, nil
}

// takesPart has a scheduler ask the LSTM: its share is shown, and once the
// server is killed the forecast is what it is without it.
func takesPart(t *testing.T, w *world) {
	w.kill(t) // if it still runs: what is started here ends with this test
	w.start(t, w.expert)
	c := cluster{w.load.Resample(5 * time.Minute)}
	past, _ := w.origin(40)
	var clock atomic.Pointer[time.Time]
	clock.Store(new(past.End().Truncate(5 * time.Minute)))
	o := scheduler.Defaults()
	o.Step, o.Stale, o.Now, o.Log = 5*time.Minute, 15*time.Minute, func() time.Time { return *clock.Load() }, slog.New(slog.DiscardHandler)
	alone := newScheduler(t, o, c)
	o.ExternalModels = []externalmodels.Model{{
		Forecaster: w.expert, Name: "lstm", History: length * step, Horizon: modeled * step, Timeout: time.Minute,
		Kind: func(err error) (string, bool) { return string(inference.KindOf(err)), false },
	}}
	s := newScheduler(t, o, c)
	tick := func(on time.Duration) scheduler.View {
		clock.Store(new(clock.Load().Add(on)))
		s.Tick(t.Context())
		alone.Tick(t.Context())
		return view(t, s)
	}
	// once ticks until the expert stands as wanted.
	once := func(what string, holds func(scheduler.SignalResult) bool) scheduler.View {
		t.Helper()
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if v := tick(0); holds(v.Signals[0]) {
				return v
			}
		}
		t.Fatalf("%s: %+v", what, view(t, s).Signals[0].ExternalModels)
		return scheduler.View{}
	}

	tick(0)
	v := once("it does not take part", func(r scheduler.SignalResult) bool { return r.ExternalModels[0].Note == "" })
	i := slices.IndexFunc(v.Signals[0].Shares, func(x forecast.Share) bool { return x.Name == "lstm" })
	if i < 0 {
		t.Fatalf("its share is not shown: %+v", v.Signals[0].Shares)
	}
	t.Logf("the LSTM has the shares %+v", v.Signals[0].Shares[i])

	w.kill(t)
	tick(2 * o.Refit) // fits anew, which asks again
	v = once("its failure is not told", func(r scheduler.SignalResult) bool { return r.ExternalModels[0].Failed })
	if got := v.Decision.Warnings; len(got) != 1 || got[0].Code != "ExpertFailed" || !strings.Contains(got[0].Message, "cannot be reached") {
		t.Errorf("warnings %+v", got)
	}
	want := view(t, alone)
	if diff := cmp.Diff(want.Curves[0].Load, v.Curves[0].Load); diff != "" {
		t.Errorf("the forecast is not what it is without the expert (-want +got):\n%s", diff)
	}

	w.start(t, w.expert)
	clock.Store(new(clock.Load().Add(15 * time.Minute))) // it is left alone for less
	v = once("it is not taken up again", func(r scheduler.SignalResult) bool { return r.ExternalModels[0].Note == "" })
	if len(v.Decision.Warnings) > 0 {
		t.Errorf("warnings %+v", v.Decision.Warnings)
	}
}

func newScheduler(t *testing.T, o scheduler.Options, c cluster) *scheduler.Scheduler {
	t.Helper()
	s, err := scheduler.New(o, c, c, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func view(t *testing.T, s *scheduler.Scheduler) scheduler.View {
	t.Helper()
	v, ok := s.View(workload.Key{Namespace: "shop", Name: "web"}, time.Hour)
	if !ok {
		t.Fatal("the workload is not known")
	}
	return v
}
