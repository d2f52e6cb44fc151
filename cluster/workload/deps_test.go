package workload_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "forecast/calendar", "history", "recommender", "recommender/capacity", "recommender/price", "recommender/simulate")
}
