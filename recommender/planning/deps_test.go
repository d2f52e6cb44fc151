package planning

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t, "forecast", "forecast/calendar", "recommender", "recommender/explain", "recommender/price", "recommender/simulate")
	house.NoClock(t)
}
