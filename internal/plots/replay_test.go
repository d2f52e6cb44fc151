package plots

import (
	"math"
	"slices"
	"testing"
	"time"
)

// A replay with a gap in its load, and a frontier with a mark beyond its axes,
// are drawn without what is no number.
func TestReplayAndFrontierAreDrawn(t *testing.T) {
	r := Replay{Title: "hpa", Note: "a note", PerPod: 10}
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for i := range 200 {
		c := Column{Time: start.Add(time.Duration(i) * 10 * time.Minute), Load: float64(20 + i%60), Ready: 5, Pods: 6, Floor: int32(2 + i/60), Short: i%60 > 30}
		if i > 80 && i < 90 {
			c.Load = math.NaN()
		}
		r.Columns = append(r.Columns, c)
	}
	f := Frontier{Title: "trace", X: "pod-hours", Y: "short minutes", MaxX: 1.4, MaxY: 1.5, Curves: []Curve{
		{Name: "hpa", Points: []Mark{{1, 1, "70"}, {0.9, 3, "90"}, {2, 0.1, "50"}}}, {Name: "ours", Ours: true, Points: []Mark{{1.05, 0.2, "70"}}}}}
	got := words(t, r, f, FrontierKey{Of: f}, Replay{}, Frontier{MaxX: 1, MaxY: 1, Plain: true})
	for _, want := range []string{"hpa", "ready pods carry", "Mon 2 Mar", "pod-hours", "ours", "×1.0"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing: %q", want, got)
		}
	}
	if r.Most() != 79 || slices.Contains(got, "90") {
		t.Errorf("the most is %g; %q", r.Most(), got)
	}
}
