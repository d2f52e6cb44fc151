package api_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "cluster/workload", "forecast", "forecast/calendar", "recommender", "recommender/advice", "recommender/capacity", "recommender/explain", "recommender/planning", "recommender/planning/report", "recommender/proof", "recommender/price", "recommender/simulate", "scheduler", "scheduler/externalmodels", "scheduler/proofs")
}
