package main

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// A local time is read as a moment at which the clocks show it, and a day as the
// moment at which it begins, whatever the clocks do.
func TestLocalTimesAreReadInTheirZone(t *testing.T) {
	for _, at := range house.Moments(t) {
		zone := at.Location()
		got, err := parseMoment(at.Format("2006-01-02T15:04"), zone)
		if err != nil || got.In(zone).Format(time.DateTime) != at.Format(time.DateTime) || got.After(at) {
			t.Fatalf("%s is read as %s: %v", at, got, err)
		}
		day, err := parseMoment(at.Format(time.DateOnly), zone)
		if before := day.Add(-time.Second).In(zone); err != nil || day.In(zone).Format(time.DateOnly) != at.Format(time.DateOnly) || before.Day() == at.Day() {
			t.Fatalf("%s begins at %s: %v", at.Format(time.DateOnly), day, err)
		}
	}
}
