package patch

import (
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "cluster/keda", "cluster/workload", "recommender/advice")
}
