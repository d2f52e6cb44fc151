package demo_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "actuator", "benchmarks/traces", "cluster/discovery", "cluster/workload", "forecast", "history", "history/embedded", "history/files",
		"internal/config", "internal/server", "policy/v1alpha1", "recommender/simulate", "scheduler")
}
