package discovery

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/workload"
)

func TestPodCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		fetches, fails := 0, false
		c := newPodCache(time.Now, func(context.Context, scaled) (Pod, error) {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			fetches++
			if fails {
				return Pod{}, errors.New("down")
			}
			return Pod{From: "x"}, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); c.run(ctx) }()
		defer func() { cancel(); <-done }()
		expect := func(when string, want int) {
			t.Helper()
			mu.Lock()
			defer mu.Unlock()
			if fetches != want {
				t.Errorf("%s: %d fetches, want %d", when, fetches, want)
			}
		}

		s := scaled{namespace: "shop", Ref: workload.Ref{Kind: "Deployment", Name: "web"}, needs: "cpu"}
		ready := c.ask(s)
		for range 9 {
			c.ask(s)
		}
		if _, err := c.pod(s); !errors.Is(err, errPending) {
			t.Errorf("at once: %v", err)
		}
		<-ready
		if p, err := c.pod(s); p.From != "x" || err != nil {
			t.Errorf("%v, %v", p, err)
		}
		synctest.Wait()
		time.Sleep(5 * time.Second)
		// Ten questions at once made one fetch, or a second if they came while it ran.
		mu.Lock()
		first := fetches
		mu.Unlock()
		if first > 2 {
			t.Errorf("ten questions made %d fetches", first)
		}

		time.Sleep(9 * time.Minute)
		c.ask(s)
		time.Sleep(5 * time.Second)
		expect("while it is fresh", first)

		mu.Lock()
		fails = true
		mu.Unlock()
		time.Sleep(6 * time.Minute)
		c.ask(s)
		if p, err := c.pod(s); p.From != "x" || err != nil {
			t.Errorf("what was known holds until the answer comes: %v, %v", p, err)
		}
		time.Sleep(5 * time.Second)
		expect("when it is due", first+1)
		if _, err := c.pod(s); err == nil || err.Error() != "down" {
			t.Errorf("after a failure: %v", err)
		}

		time.Sleep(31 * time.Minute)
		c.sweep()
		if len(c.entries) != 0 {
			t.Errorf("%d entries kept", len(c.entries))
		}
	})
}
