package capacity

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender"
)

func BenchmarkLearn15Days(b *testing.B) {
	w := standard(1)
	w.limit = 0.62
	obs, o := w.observe(), options()
	o.Target = recommender.Capacity{PerPod: 60, Unit: o.Unit}
	b.ReportAllocs()
	for b.Loop() {
		Learn(obs, o)
	}
}

func BenchmarkPodsForBacklogADay(b *testing.B) {
	arrivals := standard(1).observe().Load.Values[:24*60]
	for b.Loop() {
		PodsForBacklog(arrivals, time.Minute, 1000, 1, 5*time.Minute)
	}
}

func BenchmarkLeadTime1000(b *testing.B) {
	list := startsOf(1000, 1, 30, 0.3)
	for b.Loop() {
		LeadTime(list, LeadOptions{HalfLife: 24 * time.Hour})
	}
}
