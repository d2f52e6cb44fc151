package report

import (
	"bytes"
	"regexp"
	"testing"
	"time"
)

func TestTheTableTellsForHowManyPodsNodesAreNeededAhead(t *testing.T) {
	r := example(t)
	write := func() string {
		var b bytes.Buffer
		if err := Table(&b, r, Options{Zone: time.FixedZone("CEST", 7200)}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if text := write(); regexp.MustCompile("NODES AHEAD").MatchString(text) {
		t.Errorf("there is a section though nobody asks for nodes:\n%s", text)
	}
	for i := range 8 {
		r.Workloads[0].Rows[3+i].NodeHeadroom = float64(8 - i)
	}
	want := regexp.MustCompile(`(?m)^NODES AHEAD FOR +MOST +BY STEP\nshop/web +8 pods +Mon 30 Mar 05:00 8, Mon 30 Mar 06:00 7, .*Mon 30 Mar 10:00 3, and in 2 more$`)
	if text := write(); !want.MatchString(text) {
		t.Errorf("want %s in\n%s", want, text)
	}
}
