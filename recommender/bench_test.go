package recommender

import (
	"testing"
	"time"
)

func BenchmarkDecide(b *testing.B) {
	p, in := enforce(), input(steady(900))
	for b.Loop() {
		Decide(p, in)
	}
}

func BenchmarkPlanAheadADay(b *testing.B) {
	p, in := enforce(), input(steady(900))
	for b.Loop() {
		PlanAhead(p, in, 24*time.Hour)
	}
}
