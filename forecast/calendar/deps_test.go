package calendar_test

import (
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) {
	house.Only(t, "forecast", "internal/strictyaml")
	house.NoClock(t)
	for _, dep := range house.Imports(t) {
		for _, bad := range []string{"k8s.io/", "net/http", "log", "os", "context"} {
			if dep == bad || strings.HasPrefix(dep, strings.TrimSuffix(bad, "/")+"/") {
				t.Errorf("imports %s, but a calendar is a function of what was written and of a span of time", dep)
			}
		}
	}
}
