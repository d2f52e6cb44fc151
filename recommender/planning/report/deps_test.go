package report

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t, "forecast/calendar", "recommender/explain", "recommender/planning")
	house.NoClock(t)
}
