package capacity_test

import (
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

// A pod uses 0.1 cores when idle and 0.01 for each request a second; the
// autoscaler aims at 70 % of the 500m that it requests.
func ExampleLearn() {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	series := func(f func(load float64) float64) forecast.Series {
		s := forecast.Series{Start: start, Step: time.Minute}
		for i := range 2 * 24 * 60 {
			s.Values = append(s.Values, f(100-80*math.Cos(2*math.Pi*float64(i)/(24*60))))
		}
		return s
	}
	const pods = 7
	obs, err := capacity.Align(capacity.Observations{
		Load: series(func(load float64) float64 { return load }),
		Pods: series(func(float64) float64 { return pods }),
		CPU:  series(func(load float64) float64 { return 0.1*pods + 0.01*load }),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	learned := capacity.Learn(obs, capacity.Options{Unit: "requests/s", Request: 0.5, Utilization: 0.7})
	fmt.Println(learned.Confidence, learned.Why)
	for _, r := range learned.Refusals {
		fmt.Println(r)
	}
	// Output:
	// Good a pod uses 0.35 cores, the target, at 25 requests/s per pod
	// no capacity from Target (Missing): the autoscaler has no target for a pod
	// no capacity from Latency (Missing): there is no objective for the latency
	// no capacity from USL (Missing): there is neither an objective for the latency nor a CPU limit to tell saturation by
}

func ExampleLeadTime() {
	var starts []capacity.Start
	for i := range 50 {
		starts = append(starts, capacity.Start{Took: time.Duration(20+i%10) * time.Second})
	}
	lead := capacity.LeadTime(starts, capacity.LeadOptions{})
	fmt.Println(lead.Time, lead.Confidence)
	fmt.Println(lead.Why)
	// Output:
	// 44s Good
	// 95% of pods are Ready within 29s, and 15s pass before they are created
}

// 1200 messages arrive in the third minute, and a pod handles one a second. If
// none may wait longer than four minutes, four pods will do.
func ExamplePodsForBacklog() {
	arrivals := []float64{0, 0, 1200, 0, 0, 0, 0, 0}
	fmt.Println(capacity.PodsForBacklog(arrivals, time.Minute, 0, 1, 4*time.Minute))
	// Output: [0 0 4 4 4 4 4 0]
}
