package scheduler_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "cluster/workload", "forecast", "forecast/calendar", "history", "recommender", "recommender/capacity", "recommender/explain", "recommender/proof", "recommender/simulate", "scheduler/externalmodels", "scheduler/learning", "scheduler/proofs")
}
