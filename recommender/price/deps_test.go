package price

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Pure(t)
	house.NoClock(t)
}
