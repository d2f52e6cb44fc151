package scheduler

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestASnapshotIsSharedUntilAResultChanges(t *testing.T) {
	o := quiet()
	o.Now = func() time.Time { return time.Date(2026, 3, 4, 6, 0, 0, 0, time.UTC) }
	f := newFleet("web", "api")
	s := build(t, o, f, &loads{})
	if snap := s.Snapshot(); len(snap.Results) != 0 {
		t.Fatalf("%d results before the first tick", len(snap.Results))
	}
	s.Tick(t.Context())
	first, again := s.Snapshot(), s.Snapshot()
	if len(first.Results) != 2 || first.Version != again.Version || &first.Results[0] != &again.Results[0] {
		t.Fatalf("%d results of version %d, then of version %d: a copy was made though nothing changed", len(first.Results), first.Version, again.Version)
	}
	revisions := map[uint64]bool{first.Results[0].Revision: true, first.Results[1].Revision: true}
	f.list = f.list[:1]
	s.Tick(t.Context())
	second := s.Snapshot()
	if len(second.Results) != 1 || second.Version <= first.Version || revisions[second.Results[0].Revision] {
		t.Errorf("after a tick without one of two: %d results of version %d after %d, revision %d again", len(second.Results), second.Version, first.Version, second.Results[0].Revision)
	}
	if len(first.Results) != 2 {
		t.Error("a snapshot that somebody holds was changed")
	}
}

func TestCountsSayHowFarTheWorkloadsHaveCome(t *testing.T) {
	o := quiet()
	o.Now = func() time.Time { return time.Date(2026, 3, 4, 6, 0, 0, 0, time.UTC) }
	f := newFleet("web", "api", "lost")
	l := &loads{fault: func(expr string) error {
		if expr == "lost" {
			return errors.New("no such series")
		}
		return nil
	}}
	s := build(t, o, f, l)
	s.Lead()
	if c := s.Counts(); c != (Counts{}) {
		t.Errorf("before the first tick: %+v", c)
	}
	during := make(chan Counts, 1)
	f.hold = func(context.Context) {
		select {
		case during <- s.Counts():
		default:
		}
	}
	s.Tick(t.Context())
	if c := <-during; c.Known != 3 || c.Decided == 3 {
		t.Errorf("while the first tick decides: %+v", c)
	}
	if c := s.Counts(); c != (Counts{Known: 3, Decided: 3, Forecast: 2}) {
		t.Errorf("after the first tick: %+v", c)
	}
}
