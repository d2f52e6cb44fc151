package login

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// source gives tokens that are numbered, for life each, or fails.
type source struct {
	n    int
	life time.Duration
	err  error
	took time.Duration
}

func (s *source) fetch(ctx context.Context) (int, time.Time, error) {
	if s.took > 0 {
		select {
		case <-time.After(s.took):
		case <-ctx.Done():
			return 0, time.Time{}, ctx.Err()
		}
	}
	s.n++
	if s.err != nil {
		return 0, time.Time{}, s.err
	}
	if s.life == 0 {
		return s.n, time.Time{}, nil
	}
	return s.n, time.Now().Add(s.life), nil
}

func TestATokenIsRenewedAheadAndOutlivesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: time.Hour}
		r := newRenewed(s.fetch)
		expect := func(want int, says string) {
			t.Helper()
			got, err := r.get(t.Context())
			if got != want || (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
				t.Fatalf("%d, %v; want %d and %q", got, err, want, says)
			}
		}
		expect(1, "")
		time.Sleep(56 * time.Minute)
		expect(1, "")
		time.Sleep(90 * time.Second) // 2m30s are left
		s.err = errors.New("down")
		expect(1, "")
		expect(1, "")
		if s.n != 2 {
			t.Errorf("%d requests, want one more than the first; the next may come after %s", s.n, pauseUsable)
		}
		time.Sleep(pauseUsable)
		expect(1, "")
		if s.n != 3 {
			t.Errorf("%d requests, want 3", s.n)
		}
		time.Sleep(3 * time.Minute) // it has expired
		expect(0, "down")
		expect(0, "down")
		if s.n != 4 {
			t.Errorf("%d requests, want 4: a failure is that of all who ask within %s", s.n, pause)
		}
		s.err = nil
		time.Sleep(pause)
		expect(5, "")
		s.life = -time.Minute
		time.Sleep(time.Hour)
		expect(0, "is the clock right?")
		s.life = 0 // says nothing of its expiry
		time.Sleep(pause)
		expect(7, "")
		time.Sleep(44 * time.Minute)
		expect(7, "")
		time.Sleep(17 * time.Minute)
		expect(8, "")
	})
}

func TestARefusedTokenIsGivenUpUnlessItIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: time.Hour}
		r := newRenewed(s.fetch)
		if r.refused() {
			t.Error("there is none yet")
		}
		_, _ = r.get(t.Context())
		if r.refused() {
			t.Error("another would be no better")
		}
		time.Sleep(settled)
		if !r.refused() {
			t.Error("it is old enough")
		}
		if got, err := r.get(t.Context()); got != 2 || err != nil {
			t.Errorf("%d, %v", got, err)
		}
	})
}

// A token endpoint that hangs costs each caller no more than its own time, and
// nobody more than the limit.
func TestWaitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{took: time.Hour}
		r := newRenewed(s.fetch)
		var ended atomic.Int32
		for _, limit := range []time.Duration{time.Second, 3 * time.Second, time.Minute} {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				defer cancel()
				start := time.Now()
				if _, err := r.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("after %s: %v", limit, err)
				}
				if took := time.Since(start); took > min(limit, 3*time.Second+fetchTimeout) {
					t.Errorf("with %s it took %s", limit, took)
				}
				ended.Add(1)
			}()
		}
		time.Sleep(2 * time.Minute)
		if ended.Load() != 3 {
			t.Errorf("%d of 3 have ended", ended.Load())
		}
	})
}

// While the old token serves, one caller fetches and nobody waits.
func TestNobodyWaitsWhileTheOldTokenServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: time.Hour}
		r := newRenewed(s.fetch)
		_, _ = r.get(t.Context())
		time.Sleep(58 * time.Minute)
		s.took = 5 * time.Second
		go func() { _, _ = r.get(context.Background()) }()
		synctest.Wait()
		start := time.Now()
		if got, err := r.get(t.Context()); got != 1 || err != nil || time.Since(start) != 0 {
			t.Errorf("%d, %v, after %s", got, err, time.Since(start))
		}
		time.Sleep(time.Minute)
		if got, _ := r.get(t.Context()); got != 2 {
			t.Errorf("%d, want the new one", got)
		}
	})
}
