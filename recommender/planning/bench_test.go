package planning

import (
	"testing"
	"time"
)

// BenchmarkPlan plans one workload of 28 days at 5 minutes.
func BenchmarkPlan(b *testing.B) {
	w := shop("web", weeks(5*time.Minute, 50, 200))
	for name, horizon := range map[string]time.Duration{"1d": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "28d": MaxHorizon} {
		b.Run(name, func(b *testing.B) {
			p, err := NewPlanner(Options{From: monday, Horizon: horizon})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				p.Plan(w)
			}
		})
	}
}
