package advice

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t, "capacity", "forecast", "recommender", "replay", "simulate")
	house.NoClock(t)
}
