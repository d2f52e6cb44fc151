package actuator_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// A raise from the user's own 2 to 9 pods, as it is sent to the API server.
func ExamplePlan() {
	w := workload.Workload{UID: "u1", Baseline: 2, Floor: 2, Ceiling: 40, Annotated: true}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := actuator.Plan(w, 9, now, actuator.Tenure{TTL: 30 * time.Minute, Holder: "highwater-0"})
	fmt.Println(c)
	fmt.Println(strings.ReplaceAll(string(c.Patch), "},{", "},\n {"))
	// Output:
	// minReplicas raised from 2 to 9
	// [{"op":"test","path":"/metadata/uid","value":"u1"},
	//  {"op":"test","path":"/spec/minReplicas","value":2},
	//  {"op":"test","path":"/spec/maxReplicas","value":40},
	//  {"op":"test","path":"/metadata/annotations/highwater.dev~1lease"},
	//  {"op":"test","path":"/metadata/annotations/highwater.dev~1record"},
	//  {"op":"add","path":"/metadata/annotations/highwater.dev~1lease","value":"{\"baseline\":2,\"floor\":9,\"renewed\":\"2026-03-02T12:00:00Z\",\"expires\":\"2026-03-02T12:30:00Z\",\"holder\":\"highwater-0\"}"},
	//  {"op":"add","path":"/metadata/annotations/highwater.dev~1record","value":"{\"baseline\":2,\"floors\":{\"9\":\"2026-03-02T12:00:00Z\"}}"},
	//  {"op":"replace","path":"/spec/minReplicas","value":9}]
}
