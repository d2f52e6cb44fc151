package recommender_test

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t, "forecast", "forecast/calendar", "recommender/explain")
	house.NoClock(t)
}
