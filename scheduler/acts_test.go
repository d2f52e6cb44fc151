package scheduler

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
)

// hangsLater is a store whose reads wait until they are given up, from a time on.
type hangsLater struct {
	*loads
	hangs atomic.Bool
}

func (h *hangsLater) Read(ctx context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	if h.hangs.Load() {
		return hang{h.loads}.Read(ctx, q, from, to, step)
	}
	return h.loads.Read(ctx, q, from, to, step)
}

// noticing is a fleet that tells of changes.
type noticing struct {
	*fleet
	changed func(workload.Key)
}

func (n *noticing) OnChange(f func(workload.Key)) { n.changed = f }

func TestAChangeIsDecidedAtOnceWhileReadsHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(12 * time.Hour)
		n := &noticing{fleet: newFleet("web", "other")}
		l := &hangsLater{loads: &loads{}}
		s, err := New(quiet(), n, l, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Lead()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(2*time.Minute + 30*time.Second)
		raised := n.floors()["web"]
		if raised < 8 {
			t.Fatalf("floor %d at noon", raised)
		}
		l.hangs.Store(true)
		time.Sleep(time.Minute)
		sets := n.set("web")
		n.mu.Lock()
		n.list[0].Floor = 2
		n.list[0].Own = workload.Ownership{Overwritten: true, Was: raised, Holds: raised}
		n.mu.Unlock()
		n.changed(key("shop", "web"))
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := n.floors()["web"]; n.set("web") != sets+1 || got != raised {
			t.Errorf("floor %d after a change, was %d; it is to be put back whole at once", got, raised)
		}
		cancel()
		<-done
	})
}

// A policy that asks for another load does not wait for the next tick.
func TestANewQueryIsReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &noticing{fleet: newFleet("web")}
		s, err := New(quiet(), n, &loads{}, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Second)
		n.mu.Lock()
		n.list[0].Sources = slices.Clone(n.list[0].Sources)
		n.list[0].Sources[0].Query.Expr = "another"
		n.mu.Unlock()
		n.changed(key("shop", "web"))
		time.Sleep(time.Second)
		synctest.Wait()
		if r := result(t, s, "web"); r.Signals[0].Query.Expr != "another" || r.Signals[0].NoForecast != nil {
			t.Errorf("%+v", r.Signals[0])
		}
		cancel()
		<-done
	})
}

func TestAHungWorkloadCostsItselfOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(12 * time.Hour)
		f := newFleet("hung", "web")
		release := make(chan struct{})
		s, err := New(quiet(), f, &loads{}, hanging{f, "hung", release}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Lead()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(30 * time.Minute)
		if f.set("web") < 25 || !s.Alive() || !s.Leading() {
			t.Errorf("web was decided %d times in half an hour; alive %v", f.set("web"), s.Alive())
		}
		if last := s.LastTick(); last.Cut != 1 || last.Duration > time.Second {
			t.Errorf("the last tick waited %s for the one that hangs, and left out %d", last.Duration, last.Cut)
		}
		close(release)
		cancel()
		<-done
	})
}

// hanging is an actuator that never returns for one workload, whatever its context says.
type hanging struct {
	*fleet
	name    string
	release chan struct{}
}

func (h hanging) Apply(ctx context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error) {
	if w.Name == h.name {
		<-h.release
	}
	return h.fleet.Apply(ctx, w, d)
}

func TestALoopThatHaltsIsNotAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := build(t, quiet(), newFleet("web"), &loads{})
		if !s.Alive() {
			t.Error("not alive before it began")
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(20 * time.Minute)
		if !s.Alive() {
			t.Error("not alive though it ticks")
		}
		s.ticking.Lock()
		time.Sleep(manyTicks*(time.Minute+s.opts.Deadline) + 2*time.Minute)
		if s.Alive() {
			t.Error("alive though no tick has ended for long")
		}
		s.ticking.Unlock()
		time.Sleep(2 * time.Minute)
		if !s.Alive() {
			t.Error("not alive though it ticks again")
		}
		cancel()
		<-done
	})
}

func TestScheduleIsKnownByItsLongestPause(t *testing.T) {
	for tick, want := range map[string]time.Duration{"@every 1m": time.Minute, "*/5 * * * *": 5 * time.Minute, "@every 1s": time.Second, "0 3 * * *": 24 * time.Hour} {
		if got := Interval(tick); got != want {
			t.Errorf("%s: %s, want %s", tick, got, want)
		}
	}
}

// counting counts the requests that come through.
type counting struct{ n int }

func (c *counting) RoundTrip(*http.Request) (*http.Response, error) {
	c.n++
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// A process that was stopped for a while writes nothing when it wakes (S7).
func TestNothingIsWrittenWithoutAFreshRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var term Term
		var through counting
		g := term.Guard(&through)
		send := func(method string) error {
			r, err := http.NewRequestWithContext(t.Context(), method, "http://api.example/", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := g.RoundTrip(r)
			if err == nil {
				resp.Body.Close()
			}
			return err
		}
		if err := send(http.MethodPatch); err == nil || through.n != 0 {
			t.Error("written before the Lease was held")
		}
		term.renew(time.Now())
		time.Sleep(freshFor)
		if err := send(http.MethodPatch); err != nil || through.n != 1 {
			t.Errorf("not written though the renewal is fresh: %v", err)
		}
		time.Sleep(time.Second)
		if err := send(http.MethodPatch); err == nil || through.n != 1 || !strings.Contains(err.Error(), "last renewed 6s ago") {
			t.Errorf("written %d times; %v", through.n, err)
		}
		if err := send(http.MethodGet); err != nil {
			t.Errorf("reading is refused: %v", err)
		}
		var none *Term
		if err := none.Check(); err != nil {
			t.Errorf("with nobody to agree with: %v", err)
		}
	})
}
