package proofs_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "cluster/workload", "forecast", "recommender", "recommender/capacity", "recommender/proof", "recommender/simulate", "scheduler/learning")
}
