package report

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t, "recommender", "recommender/explain", "recommender/price", "recommender/proof", "internal/table")
	house.NoClock(t)
}
