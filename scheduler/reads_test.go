package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
)

func key(namespace string, name any) workload.Key {
	return workload.Key{Namespace: namespace, Name: fmt.Sprint(name)}
}

// turns takes every job whose turn it is, and tells whose it was.
func (q *readQueue) turns() (list []string, jobs []*readJob) {
	for j := q.next(); j != nil; j = q.next() {
		list, jobs = append(list, j.key.Namespace), append(jobs, j)
	}
	return list, jobs
}

func TestNamespacesTakeTurns(t *testing.T) {
	q := readQueue{workers: 4}
	q.survey(3, true)
	for i := range 10 {
		q.add(key("a", i), false)
	}
	q.add(key("b", 0), false)
	q.add(key("c", 0), false)
	q.add(key("a", 3), false) // it waits already
	list, jobs := q.turns()
	if got := strings.Join(list, " "); got != "a b c a" {
		t.Errorf("turns %s", got)
	}
	for _, j := range jobs {
		q.release(j)
		q.ended(j)
	}
	if list, _ = q.turns(); strings.Join(list, " ") != "a a a" {
		t.Errorf("a namespace alone takes %v; a lane stays free for others", list)
	}
}

func TestANamespaceOfOneHasAllLanes(t *testing.T) {
	q := readQueue{workers: 4}
	q.survey(1, true)
	for i := range 10 {
		q.add(key("a", i), false)
	}
	if list, _ := q.turns(); len(list) != 4 {
		t.Errorf("%d of 4 lanes used", len(list))
	}
}

func TestSlowLoadsShareAFewLanes(t *testing.T) {
	q := readQueue{workers: 8}
	q.survey(2, true)
	for i := range 8 {
		q.add(key("slow", i), true)
	}
	q.add(key("web", 0), false)
	list, _ := q.turns()
	slices.Sort(list)
	if got := strings.Join(list, " "); got != "slow slow web" {
		t.Errorf("turns %s; want a quarter of the lanes for those whose reads ran out of time", got)
	}
	q = readQueue{workers: 8}
	q.survey(1, false) // nobody is answered: it is the store that is slow
	for i := range 12 {
		q.add(key("slow", i), true)
	}
	if list, _ := q.turns(); len(list) != 8 {
		t.Errorf("%d of 8 lanes used", len(list))
	}
}

// hangsFor makes reads of queries with a prefix wait until they are given up.
type hangsFor struct {
	*loads
	prefix string
}

func (h hangsFor) Read(ctx context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	if strings.HasPrefix(q.Expr, h.prefix) {
		h.reads.Add(1)
		<-ctx.Done()
		return history.Result{}, &history.Error{Kind: history.Timeout, Query: q.Expr, Err: ctx.Err()}
	}
	return h.loads.Read(ctx, q, from, to, step)
}

// A neighbour's queries that hang take neither the time of others (S2) nor, for
// long, many lanes.
func TestANeighboursHangingQueriesHarmNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(9 * time.Hour)
		f := newFleet("hang0", "hang1", "hang2", "hang3", "hang4", "hang5", "hang6", "hang7", "web")
		for i := range f.list[:8] {
			f.list[i].Namespace = "aaa"
		}
		s, err := New(quiet(), f, hangsFor{&loads{}, "hang"}, f, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Lead()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Minute)
		for range 120 {
			time.Sleep(time.Minute)
			synctest.Wait()
			r := result(t, s, "web")
			if age := s.Now().Sub(r.Signals[0].Newest); age > 2*time.Minute || r.Signals[0].NoForecast != nil {
				t.Fatalf("at %s web's newest load is %s old: %+v", s.Now().Format("15:04"), age, r.Signals[0].NoForecast)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// However slow the store, everybody has his turn, and floors are set (S1).
func TestASlowStoreStarvesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(12 * time.Hour) // noon: everybody needs more than the baseline
		var names []string
		for i := range 60 {
			names = append(names, fmt.Sprintf("web%03d", i))
		}
		f := newFleet(names...)
		s := build(t, quiet(), f, &loads{fault: func(string) error { time.Sleep(3 * time.Second); return nil }})
		s.Lead()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for name, floor := range f.floors() {
			if floor < 4 {
				t.Errorf("%s has floor %d after two ticks", name, floor)
			}
		}
		cancel()
		<-done
	})
}

// A query that will fail again is not asked at each tick, and is at once when it
// is another one.
func TestHopelessQueriesAreLeftAloneForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		l := &loads{fault: func(expr string) error {
			if expr != "bad" {
				return nil
			}
			asked.Add(1)
			return &history.Error{Kind: history.ManySeries, Query: expr, Err: errors.New("wrap it in sum(...)")}
		}}
		f := newFleet("bad")
		s := build(t, quiet(), f, l)
		s.Lead()
		for range 120 {
			s.Tick(t.Context())
			time.Sleep(time.Minute)
		}
		if n := asked.Load(); n < 20 || n > 35 {
			t.Errorf("asked %d times in two hours", n)
		}
		if r := result(t, s, "bad"); !strings.Contains(r.Err, "sum(...)") {
			t.Errorf("what is wrong is not told any more: %q", r.Err)
		}
		f.list[0].Sources = slices.Clone(f.list[0].Sources)
		f.list[0].Sources[0].Query.Expr = "good"
		s.Tick(t.Context())
		synctest.Wait()
		if r := result(t, s, "bad"); r.Err != "" || r.Signals[0].NoForecast != nil {
			t.Errorf("once it is mended: %q", r.Err)
		}
	})
}

// A store that is slow rather than hung is given more time.
func TestAReadThatRanOutOfTimeIsGivenMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loads{}
		l.fault = func(string) error { time.Sleep(40 * time.Second); return nil }
		s := build(t, quiet(), newFleet("web"), l)
		s.Lead()
		for range 4 {
			s.Tick(t.Context())
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		if r := result(t, s, "web"); r.Signals[0].NoForecast != nil {
			t.Errorf("%+v", r.Signals[0].NoForecast)
		}
	})
}
