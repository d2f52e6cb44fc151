package proofs

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

func TestFloorsThatWaitGoFirstThenTheOldestProofs(t *testing.T) {
	q := New(Options{Workers: 4})
	at := func(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }
	newer, older, enforced, becomes := &request{}, &request{}, &request{}, &request{}
	q.add(newer, false, at(9), true)
	q.add(older, false, at(3), true)
	q.add(enforced, true, at(9), true)
	q.add(becomes, false, at(1), true)
	q.add(becomes, true, at(1), false) // its policy has changed while it waits
	for i, want := range []*request{becomes, enforced, older, newer} {
		if q.next() != want {
			t.Errorf("turn %d is another one's", i)
		}
	}
	q.add(&request{}, true, at(0), true)
	if q.next() != nil {
		t.Error("a fifth proof at once")
	}
	q.done()
	if q.next() == nil {
		t.Error("a worker that is free does nothing")
	}
}

func TestLoadsAreCutToTheNewestTimeThatTheyShare(t *testing.T) {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	load := func(from, to int) forecast.Series {
		return forecast.Series{Start: start.Add(time.Duration(from) * time.Hour), Step: time.Hour, Values: make([]float64, to-from)}
	}
	loads := []forecast.Series{load(0, 100), load(10, 90)} // the last sample of the second is of hour 89
	if span := cutToShared(loads, 48*time.Hour); span != loads[0].Span() || loads[0].Start != loads[1].Start || loads[0].Len() != loads[1].Len() ||
		loads[0].Start != start.Add(41*time.Hour) || loads[0].Len() != 49 {
		t.Errorf("%s: from %s, %d and %d samples", span, loads[0].Start, loads[0].Len(), loads[1].Len())
	}
}
