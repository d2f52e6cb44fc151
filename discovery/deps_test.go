package discovery_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "actuator", "calendar", "capacity", "forecast", "history", "policy/v1alpha1", "recommender", "replay", "simulate", "workload")
}
