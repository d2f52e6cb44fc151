package demo_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "benchmarks/traces", "forecast", "history", "history/embedded", "history/files", "policy/v1alpha1", "recommender/simulate")
}
