package report

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t, "recommender/advice", "recommender/price")
	house.NoClock(t)
}
