package discovery_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "cluster/keda", "cluster/ownership", "cluster/workload", "forecast", "forecast/calendar", "history", "internal/strictyaml", "policy/v1alpha1", "recommender", "recommender/capacity", "recommender/explain", "recommender/proof", "recommender/price", "recommender/simulate")
}
