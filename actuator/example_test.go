package actuator_test

import (
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/workload"
)

// A raise from the user's own 2 to 9 pods, as it is sent to the API server.
func ExamplePlan() {
	w := workload.Workload{ResourceVersion: "7", UID: "u1", Baseline: 2, Floor: 2, Ceiling: 40}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := actuator.Plan(w, 9, now, actuator.Tenure{TTL: 30 * time.Minute, Holder: "highwater-0"})
	fmt.Println(c)
	fmt.Println(string(c.Patch))
	// Output:
	// minReplicas raised from 2 to 9
	// {"metadata":{"uid":"u1","resourceVersion":"7","annotations":{"highwater.dev/lease":"{\"baseline\":2,\"floor\":9,\"renewed\":\"2026-03-02T12:00:00Z\",\"expires\":\"2026-03-02T12:30:00Z\",\"holder\":\"highwater-0\"}"}},"spec":{"minReplicas":9}}
}
