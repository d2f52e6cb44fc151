package simulate

import (
	"math"
	"testing"
	"time"
)

var t0 = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// sync plays an autoscaler of 100 a pod, each call 15 seconds after the last.
type sync struct {
	load           float64
	current, ready int32
	want           int32
}

func TestAutoscaler(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name  string
		lo    int32
		syncs []sync
	}{
		{"on target nothing changes", 2, []sync{{500, 5, 5, 5}}},
		{"within the tolerance nothing changes", 2, []sync{{540, 5, 5, 5}, {460, 5, 5, 5}}},
		{"beyond the tolerance it follows", 2, []sync{{560, 5, 5, 6}}},
		{"the minimum comes before a missing metric", 9, []sync{{nan, 2, 2, 9}}},
		{"a missing metric changes nothing", 2, []sync{{nan, 5, 5, 5}}},
		{"no more than double or four in 15 seconds", 1, []sync{{2000, 1, 1, 5}, {2000, 5, 5, 10}, {2000, 10, 10, 20}}},
		{"what the minimum added counts against the rate", 9, []sync{{2000, 2, 2, 9}, {2000, 9, 9, 18}}},
		{"a fall waits for the window", 2, []sync{{1000, 10, 10, 10}, {200, 10, 10, 10}, {200, 10, 10, 10}}},
		{"the maximum holds", 2, []sync{{9000, 19, 19, 20}, {9000, 25, 25, 20}}},
		{"scaled to zero by hand it stays away", 2, []sync{{500, 0, 0, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := NewAutoscaler(tt.lo, 20, 100)
			for i, s := range tt.syncs {
				if got := a.Sync(t0.Add(time.Duration(i)*15*time.Second), s.load, s.current, s.ready); got != s.want {
					t.Fatalf("sync %d: %d replicas, want %d", i, got, s.want)
				}
			}
		})
	}
}

func TestAFallComesAfterTheWindow(t *testing.T) {
	a := NewAutoscaler(2, 20, 100)
	a.Sync(t0, 1000, 10, 10)
	at := t0
	n := int32(10)
	for n == 10 && at.Before(t0.Add(time.Hour)) {
		at = at.Add(15 * time.Second)
		n = a.Sync(at, 300, n, n)
	}
	if n != 3 || at.Sub(t0) != 5*time.Minute {
		t.Errorf("fell to %d after %s, want 3 after the window of 5m", n, at.Sub(t0))
	}
}

func TestPodsTakeTimeToBecomeReady(t *testing.T) {
	p := NewPods(2, 90*time.Second)
	p.Scale(t0, 5)
	if p.Count() != 5 || p.Ready(t0.Add(89*time.Second)) != 2 || p.Ready(t0.Add(90*time.Second)) != 5 {
		t.Errorf("%d pods, %d ready before and %d at the start time", p.Count(), p.Ready(t0.Add(89*time.Second)), p.Ready(t0.Add(90*time.Second)))
	}
	p.Scale(t0.Add(time.Minute), 1)
	if p.Count() != 1 || p.Ready(t0.Add(time.Minute)) != 1 {
		t.Error("the newest pods have to go first")
	}
}
