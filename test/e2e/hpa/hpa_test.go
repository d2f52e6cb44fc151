// Package hpa plays simulate beside Kubernetes' own HPA controller and expects
// the same replicas, sync by sync. The controller runs in this process, in a
// bubble of testing/synctest: hours of 15-second syncs take seconds.
//
// The folder is a module of its own because it needs k8s.io/kubernetes, which
// nothing else of the project links.
package hpa

import (
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

const syncs = 200

func TestMain(m *testing.M) {
	// The controller reports each missing metric as an error. The handlers of
	// errors are global and keep the time of the last one, which a bubble's time
	// is not to be compared with.
	klog.SetLogger(klog.Logger{})
	utilruntime.ErrorHandlers = nil
	m.Run()
}

// play plays a scenario on both controllers and counts our reasons.
func play(t *testing.T, sc *scenario, n int, reasons map[simulate.Reason]int) {
	t.Helper()
	ours, err := simulate.NewController(sc.spec)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{scenario: sc, r: seeded(sc.name), whole: make([]float64, len(sc.loads))}
	theirs := newReal(t, hpaObject(sc.spec), sc.start, w, or(sc.spec.DownscaleStabilization, defaultDownscale), or(sc.spec.Tolerance, 0.1))
	for k := range n {
		if sc.floor != nil {
			if floor := sc.floor(k, w.r); floor != 0 {
				theirs.setMin(floor)
				ours.SetMin(floor)
			}
		}
		if sc.hand != nil {
			if by := sc.hand(k); by >= 0 {
				theirs.replicas = by
			}
		}
		w.now = theirs.at(k)
		w.settle(theirs.replicas)
		theirs.status = theirs.replicas
		if theirs.status > 1 && w.r.Float64() < sc.lag {
			theirs.status--
		}
		w.live(k)
		before := theirs.replicas
		want, why := ours.Sync(w.now, w.state(before, theirs.status))
		reasons[why]++
		if got := theirs.sync(k, w.objects()); got != want {
			t.Fatalf("sync %d of %d replicas: Kubernetes made %d of them, simulate %d (%s)", k, before, got, want, why)
		}
	}
}

func TestSimulateIsTheRealHPA(t *testing.T) {
	reasons := map[simulate.Reason]int{}
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { play(t, &sc, syncs, reasons) })
		})
	}
	t.Logf("reasons: %v", reasons)
	for _, r := range []simulate.Reason{
		simulate.ReasonDisabled, simulate.ReasonMin, simulate.ReasonMax, simulate.ReasonMissing, simulate.ReasonSteady,
		simulate.ReasonMetric, simulate.ReasonStabilised, simulate.ReasonRateUp, simulate.ReasonRateDown,
	} {
		if reasons[r] == 0 {
			t.Errorf("no scenario comes to the reason %s; only to %v", r, slices.Sorted(maps.Keys(reasons)))
		}
	}
}

// seeded returns chance that is the same in each run.
func seeded(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(h.Sum64(), 1))
}

// or returns x, or instead if x is zero.
func or[T comparable](x, instead T) T {
	var zero T
	if x == zero {
		return instead
	}
	return x
}
