package api_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "advice", "calendar", "capacity", "forecast", "planning", "planning/report", "recommender", "replay", "scheduler", "simulate", "workload")
}
