package scheduler_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "calendar", "capacity", "forecast", "history", "recommender", "replay", "simulate", "workload")
}
