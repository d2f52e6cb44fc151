package simulate_test

import (
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func ExampleController_Sync() {
	// An HPA on CPU at 70 % of a request of half a core.
	c, err := simulate.NewController(simulate.Spec{
		Min: 2, Max: 20, Metrics: []simulate.Metric{{Kind: simulate.Utilization, Target: 0.7, Request: 0.5}},
	})
	if err != nil {
		panic(err)
	}
	// Five pods that use 0.63 cores each, 126 %.
	pods := simulate.Class{Count: 5, Age: time.Hour, Since: time.Hour, Values: []float64{0.63}}
	n, why := c.Sync(noon, simulate.State{Replicas: 5, Status: 5, Classes: []simulate.Class{pods}})
	fmt.Println(n, why)

	// Now they use a tenth, but five minutes have not passed.
	pods.Values[0] = 0.063
	n, why = c.Sync(noon.Add(time.Minute), simulate.State{Replicas: 5, Status: 5, Classes: []simulate.Class{pods}})
	fmt.Println(n, why)
	// Output:
	// 9 Metric
	// 9 Stabilised
}

func ExampleLoop_Play() {
	// 100 requests/s for half an hour, then 900; a pod is meant for 50 and
	// carries 80.
	load := forecast.Series{Start: noon, Step: 30 * time.Minute, Values: []float64{100, 900}}
	l := simulate.Loop{
		Spec:   simulate.Spec{Min: 2, Max: 30, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: 50}}},
		PerPod: []float64{80},
		Start:  simulate.Starts{Fixed: 2 * time.Minute},
	}
	// The same with a floor of 14 from ten minutes ahead.
	floors := &simulate.Floors{Start: noon.Add(20 * time.Minute), Step: 20 * time.Minute, Values: []int32{14}}
	for _, f := range []*simulate.Floors{nil, floors} {
		o, err := l.Play([]forecast.Series{load}, noon, noon.Add(time.Hour), f, nil)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%.2f minutes short, %.2f pod-hours, %d pods at most\n", o.ShortMinutes, o.PodHours, o.MaxPods)
	}
	// Output:
	// 2.50 minutes short, 9.89 pod-hours, 18 pods at most
	// 0.00 minutes short, 12.00 pod-hours, 18 pods at most
}

func ExampleQueue_Servers() {
	q := simulate.Queue{Arrivals: 400, Service: 50 * time.Millisecond}
	n := q.Servers(100*time.Millisecond, 0.99, 1000)
	fmt.Printf("%.0f servers are busy; with %d, 99 %% wait for %.0f ms at most\n", q.Offered(), n, 1000*q.WaitQuantile(n, 0.99))
	// Output:
	// 20 servers are busy; with 23, 99 % wait for 62 ms at most
}
