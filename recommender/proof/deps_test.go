package proof

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t, "forecast", "recommender", "recommender/explain", "recommender/simulate")
	house.NoClock(t)
}
