package actuator

import (
	"context"
	"testing"
	"time"
)

func TestThePaceLetsRaisesFirst(t *testing.T) {
	var p pace
	for i := range 4 {
		if !p.take(noon, i%2 == 0) {
			t.Fatalf("change %d of the burst has to wait", i)
		}
	}
	if p.take(noon, false) || p.take(noon, true) {
		t.Error("more than the burst")
	}
	half := noon.Add(500 * time.Millisecond)
	if p.take(half, false) {
		t.Error("a fall before the raise that waits")
	}
	if !p.take(half, true) || p.take(half, true) {
		t.Error("two a second")
	}
	if later := half.Add(paceTurn); !p.take(later, false) {
		t.Error("a fall when no raise waits any more")
	}
	taken := 0
	for at := noon.Add(time.Minute); at.Before(noon.Add(2 * time.Minute)); at = at.Add(100 * time.Millisecond) {
		if p.take(at, true) {
			taken++
		}
	}
	if taken < 120 || taken > 124 {
		t.Errorf("%d changes in a minute", taken)
	}
}

func TestWhoWaitsForThePaceGivesUpWithItsContext(t *testing.T) {
	var p pace
	for range 4 {
		if err := p.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p.wait(ctx) == nil {
		t.Error("no error")
	}
}
