package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
)

// What KEDA's trigger metrics-api reads is a plain number at `value`.
func TestAFloorIsServedAsANumber(t *testing.T) {
	served := func(name string, mode recommender.Mode) workload.Workload {
		w := member(name, "9", mode)
		w.AsMetric = true
		return w
	}
	srv := start(t, fleet{served("web", recommender.Enforce), served("observed", recommender.Observe), member("written", "9", recommender.Enforce)}, true)
	for name, says := range map[string]string{"web": "floor ", "observed": "mode Observe", "written": "actuation Metric"} {
		var raw struct{ Value any }
		var m FloorMetric
		get(t, srv, "/api/v1/workloads/shop/"+name+"/metric", &raw)
		get(t, srv, "/api/v1/workloads/shop/"+name+"/metric", &m)
		if _, number := raw.Value.(float64); !number {
			t.Errorf("%s: value is %v, and no number", name, raw.Value)
		}
		if asks := name == "web"; m.Active != asks || (m.Value > 2) != asks || m.Target != 1 || m.Baseline != 2 || m.Floor <= 2 || asks && m.Value != m.Floor || !strings.Contains(m.Why, says) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// A number of a loop that has stopped, or has not begun, is none.
func TestNoNumberIsServedWhileNothingIsKnown(t *testing.T) {
	if r := get(t, start(t, shop(), false), "/api/v1/workloads/shop/web/metric", nil); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("before the first tick: %d", r.StatusCode)
	}
	srv := startWith(t, shop(), func(s *scheduler.Scheduler) Scheduler { return later{s} })
	if r := get(t, srv, "/api/v1/workloads/shop/web/metric", nil); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("an hour after the last tick: %d", r.StatusCode)
	}
}

// later is a scheduler whose last tick was an hour ago.
type later struct{ *scheduler.Scheduler }

func (l later) Now() time.Time { return l.Scheduler.Now().Add(time.Hour) }
