package house

import (
	"testing"
	"time"
)

// The sweeps of other packages prove what they claim only if the days on which
// the clocks change are among them, the hour that is skipped and that which
// comes twice.
func TestMomentsHoldBothChangesOfTheClocks(t *testing.T) {
	changed := map[string]int{}
	all := Moments(t)
	for i, at := range all[1:] {
		before := all[i]
		_, was := before.Zone()
		if _, is := at.Zone(); at.Sub(before) == 15*time.Minute && was != is {
			changed[at.Location().String()]++
		}
	}
	for _, zone := range zones {
		want := 2
		if zone == "UTC" || zone == "Asia/Kathmandu" {
			want = 0
		}
		if changed[zone] != want {
			t.Errorf("%s: the clocks change %d times, want %d", zone, changed[zone], want)
		}
	}
	if days := len(all) / 96; len(all)%96 != 0 || days < 5*len(zones)+12 {
		t.Errorf("%d moments of %d days", len(all), days)
	}
}
