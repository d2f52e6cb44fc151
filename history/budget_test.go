package history

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestReservedBytesAreNeverMoreThanTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(1000)
		var reserved, most, answers atomic.Int64
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() {
				n := rand.Int64N(1500) + 1 // some need more than there is
				release, err := b.reserve(t.Context(), n)
				if err != nil {
					t.Error(err)
					return
				}
				now := reserved.Add(min(n, 1000))
				for {
					m := most.Load()
					if now <= m || most.CompareAndSwap(m, now) {
						break
					}
				}
				time.Sleep(rand.N(time.Second))
				reserved.Add(-min(n, 1000))
				release()
				answers.Add(1)
			})
		}
		wg.Wait()
		if most.Load() > 1000 || answers.Load() != 500 {
			t.Errorf("%d bytes at once, %d answers", most.Load(), answers.Load())
		}
	})
}

func TestWaitForTheBudgetEndsWithTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(1000)
		release, err := b.reserve(t.Context(), 5000)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if _, err := b.reserve(ctx, 1); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		release()
		if release, err = b.reserve(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		release()
	})
}
