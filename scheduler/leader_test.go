package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

var leases = coordinationv1.SchemeGroupVersion.WithResource("leases")

// holder returns who holds the Lease, past the reactors.
func holder(t *testing.T, c *fake.Clientset) string {
	t.Helper()
	o, err := c.Tracker().Get(leases, "highwater", "highwater")
	if err != nil {
		t.Fatal(err)
	}
	if id := o.(*coordinationv1.Lease).Spec.HolderIdentity; id != nil {
		return *id
	}
	return ""
}

// campaign runs for leader until the returned function is called.
func campaign(t *testing.T, c *fake.Clientset) (s *Scheduler, end func()) {
	t.Helper()
	s = build(t, quiet(), newFleet("web"), &loads{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	e := Election{Namespace: "highwater", Name: "highwater", Identity: "me", Term: &Term{}}
	go func() { done <- e.Campaign(ctx, c, slog.New(slog.DiscardHandler), s) }()
	return s, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestALeaderOnItsWayOutGivesTheLeaseBackAfterItsLastTick(t *testing.T) {
	c := fake.NewClientset()
	s, end := campaign(t, c)
	for !s.Leading() {
		time.Sleep(time.Millisecond)
	}
	s.ticking.Lock() // a tick that takes its time to stop
	ended := make(chan struct{})
	go func() { defer close(ended); end() }()
	for s.Leading() {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	if got := holder(t, c); got != "me" {
		t.Errorf("while the last tick runs, the Lease is held by %q", got)
	}
	s.ticking.Unlock()
	<-ended
	if got := holder(t, c); got != "" {
		t.Errorf("the Lease is held by %q", got)
	}
}

// A leader that is cut off from the API server, which does not answer any more,
// has to stop before its Lease runs out, and must not touch the Lease of the
// next when the API server is back.
func TestALeaderThatIsCutOffStopsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.NewClientset()
		began := time.Now()
		var cut, renewing atomic.Bool // a renewal is an update and, when that fails, a get
		c.PrependReactor("*", "leases", func(a clienttesting.Action) (bool, runtime.Object, error) {
			switch gone := time.Since(began); {
			case !cut.Load() || gone > 20*time.Second:
			case a.GetVerb() == "get" && !renewing.Swap(false):
				time.Sleep(20*time.Second - gone) // no answer until all is well again
			default:
				renewing.Store(a.GetVerb() == "update")
				return true, nil, errors.New("no route to host")
			}
			return false, nil, nil
		})
		s, end := campaign(t, c)
		time.Sleep(time.Second)
		cut.Store(true)
		time.Sleep(retryPeriod + renewDeadline)
		if s.Leading() {
			t.Error("it still acts, and a standby may soon")
		}
		time.Sleep(2 * time.Second) // the next takes over
		you, seconds, now := "you", int32(3600), metav1.NewMicroTime(time.Now())
		if err := c.Tracker().Update(leases, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Namespace: "highwater", Name: "highwater"},
			Spec:       coordinationv1.LeaseSpec{HolderIdentity: &you, LeaseDurationSeconds: &seconds, AcquireTime: &now, RenewTime: &now},
		}, "highwater"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := holder(t, c); s.Leading() || got != "you" {
			t.Errorf("leading %v, the Lease is held by %q", s.Leading(), got)
		}
		end()
		if got := holder(t, c); got != "you" {
			t.Errorf("on the way out: the Lease is held by %q", got)
		}
	})
}
