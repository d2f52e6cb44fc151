package externalmodels

import (
	"errors"
	"testing"
	"time"
)

func TestThoseThatFailedLeastOftenGoFirst(t *testing.T) {
	q := &queue{}
	twice, once, never := &request{tries: 2}, &request{tries: 1}, &request{}
	for _, r := range []*request{twice, once, never} {
		q.add(r)
	}
	for i, want := range []*request{never, once, twice} {
		if got := q.next(time.Time{}); got != want {
			t.Errorf("turn %d: %+v, want %+v", i, got, want)
		}
	}
}

func TestAPauseDoublesUpToItsLongest(t *testing.T) {
	q, now, r := &queue{}, time.Unix(0, 0), &request{}
	q.add(r)
	for i, want := range []time.Duration{1, 2, 4, 8, 15, 15} {
		if q.next(now) != r {
			t.Fatalf("failure %d: not asked after the pause", i)
		}
		q.done(r, now, failed, errors.New("down"), true)
		if to, err := q.health(); to.Sub(now) != want*time.Minute || err == nil {
			t.Errorf("failure %d: paused for %s, want %d minutes; %v", i, to.Sub(now), want, err)
		}
		if q.next(now.Add(want*time.Minute-time.Second)) != nil {
			t.Errorf("failure %d: asked within the pause", i)
		}
		now = now.Add(want * time.Minute)
	}
	q.next(now)
	q.done(r, now, answered, nil, true)
	if to, err := q.health(); !to.IsZero() || err != nil {
		t.Errorf("once it answers: paused to %s, %v", to, err)
	}
}
