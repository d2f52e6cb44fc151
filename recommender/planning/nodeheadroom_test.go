package planning

import (
	"testing"
	"time"
)

func TestNodeHeadroomIsPlannedByHour(t *testing.T) {
	own := shop("web", weeks(time.Minute, 60, 300))
	none := plan(t, Options{Samples: -1}, own)
	own.NodeLead = 20 * time.Minute
	short := plan(t, Options{Samples: -1}, own)
	own.NodeLead = 2 * time.Hour
	long := plan(t, Options{Samples: -1}, own, own)
	observed := own
	observed.Observed = "mode Observe"
	idle := plan(t, Options{Samples: -1}, observed)
	rising, most := 0, 0.0
	for i, row := range long.Workloads[0].Rows {
		s := short.Workloads[0].Rows[i]
		switch {
		case none.Workloads[0].Rows[i].NodeHeadroom != 0 || idle.Workloads[0].Rows[i].NodeHeadroom != 0:
			t.Errorf("%s: room is planned that nobody asks for, or for floors that nobody sets", row.Time)
		case s.NodeHeadroom > row.NodeHeadroom:
			t.Errorf("%s: %g pods with quick nodes, %g with slow ones", row.Time, s.NodeHeadroom, row.NodeHeadroom)
		case long.Fleet[i].NodeHeadroom != 2*row.NodeHeadroom:
			t.Errorf("%s: the fleet has %g for twice %g", row.Time, long.Fleet[i].NodeHeadroom, row.NodeHeadroom)
		case row.Pods != none.Workloads[0].Rows[i].Pods:
			t.Errorf("%s: the pods change with the room for them", row.Time)
		}
		if row.NodeHeadroom > 0 {
			rising++
		}
		most = max(most, row.NodeHeadroom)
		if h := row.Time.Hour(); (h < 4 || h > 20) && row.NodeHeadroom > 8 {
			t.Errorf("%s: room for %g pods in the night", row.Time, row.NodeHeadroom)
		}
	}
	// The load rises from 60 to 360 by 15:00: from 8 pods to 45 at the target, in hours.
	if rising < 3 || most < 10 || most > 45 {
		t.Errorf("room in %d hours, for %g pods at the most", rising, most)
	}
}
