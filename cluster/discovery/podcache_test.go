package discovery

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/highwater-dev/highwater/cluster/workload"
)

func TestPodCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		fetches, fails := 0, error(nil)
		c := newPodCache(time.Now, func(context.Context, scaled) (Pod, error) {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			fetches++
			if fails != nil {
				return Pod{}, fails
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

		fail := func(err error) {
			mu.Lock()
			defer mu.Unlock()
			fails = err
		}
		fail(errors.New("down"))
		time.Sleep(6 * time.Minute)
		c.ask(s)
		if p, err := c.pod(s); p.From != "x" || err != nil {
			t.Errorf("what was known holds until the answer comes: %v, %v", p, err)
		}
		time.Sleep(5 * time.Second)
		expect("when it is due", first+1)
		if p, err := c.pod(s); p.From != "x" || err != nil {
			t.Errorf("what was known holds after a failure: %v, %v", p, err)
		}
		other := s
		other.Name = "never read"
		<-c.ask(other)
		if _, err := c.pod(other); err == nil || err.Error() != "down" {
			t.Errorf("a failure of what was never read: %v", err)
		}
		fail(apierrors.NewNotFound(schema.GroupResource{Resource: "deployments"}, "web"))
		time.Sleep(podRetry)
		c.ask(s)
		time.Sleep(5 * time.Second)
		expect("a failure is tried again soon", first+3)
		if _, err := c.pod(s); !apierrors.IsNotFound(err) {
			t.Errorf("once it is gone: %v", err)
		}

		time.Sleep(31 * time.Minute)
		c.sweep()
		if len(c.entries) != 0 {
			t.Errorf("%d entries kept", len(c.entries))
		}
	})
}
