package scheduler

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// A roomRecorder notes what room is asked for.
type roomRecorder struct {
	asked   [][]workload.RoomRequest
	problem *workload.Problem
}

func (d *roomRecorder) Keep(_ context.Context, requests []workload.RoomRequest) error {
	d.asked = append(d.asked, slices.Clone(requests))
	return nil
}

func (d *roomRecorder) Problem(*workload.Workload) *workload.Problem { return d.problem }
func (d *roomRecorder) Room(workload.Key) workload.Room              { return workload.Room{} }

// last returns the request of a workload at the last tick; nil if there was none.
func (d *roomRecorder) last(name string) *workload.RoomRequest {
	if len(d.asked) == 0 {
		return nil
	}
	for _, r := range d.asked[len(d.asked)-1] {
		if r.Name == name {
			return &r
		}
	}
	return nil
}

func TestRoomIsAskedForAheadOfPlannedPods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("ahead", "far", "plain", "observed", "suspended")
		rooms := &roomRecorder{}
		for i := range f.list {
			w := &f.list[i]
			w.NodeHeadroom = &workload.NodeHeadroom{Lead: 3 * time.Hour}
			switch w.Name {
			case "far":
				w.NodeHeadroom.Lead = time.Minute
			case "plain":
				w.NodeHeadroom = nil
			case "observed":
				w.Policy.Mode = recommender.Observe
			case "suspended":
				w.Policy.Suspend = true
			}
		}
		o := quiet()
		o.Nodes = rooms
		s := build(t, o, f, &loads{})
		s.Tick(t.Context())
		synctest.Wait()
		if len(rooms.asked) != 0 {
			t.Fatal("a standby asks for nodes")
		}
		s.Lead()
		time.Sleep(4 * time.Hour) // the load rises until noon
		s.Tick(t.Context())
		synctest.Wait()
		r := result(t, s, "ahead")
		ahead := rooms.last("ahead")
		if ahead == nil || ahead.Lead != 3*time.Hour+2*time.Minute || ahead.Pods < 2 || ahead.Doubt {
			t.Fatalf("asked for %+v at a floor of %d", ahead, r.Decision.Floor)
		}
		if want := r.Plan.NodeHeadroom(ahead.Lead, r.Decision.Floor); ahead.Pods != want {
			t.Errorf("asked for %d pods, want %d", ahead.Pods, want)
		}
		if far := rooms.last("far"); far == nil || far.Pods >= ahead.Pods {
			t.Errorf("nodes that take a minute are asked for as early as others: %+v", far)
		}
		for _, name := range []string{"observed", "suspended"} {
			if q := rooms.last(name); q == nil || q.Pods != 0 || q.Doubt {
				t.Errorf("%s asks for %+v; want a request of nothing", name, q)
			}
		}
		if q := rooms.last("plain"); q != nil {
			t.Errorf("nobody wants room for plain, and %+v is asked for", q)
		}
	})
}

func TestDoubtIsPassedOnWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web")
		f.list[0].NodeHeadroom = &workload.NodeHeadroom{}
		rooms := &roomRecorder{}
		o := quiet()
		o.Nodes = rooms
		lost := false
		s := build(t, o, f, &loads{fault: func(string) error {
			if lost {
				return errors.New("no store")
			}
			return nil
		}})
		s.Lead()
		s.Tick(t.Context())
		synctest.Wait()
		if q := rooms.last("web"); q == nil || q.Doubt {
			t.Fatalf("asked for %+v", q)
		}
		lost = true
		time.Sleep(10 * time.Minute)
		s.Tick(t.Context())
		synctest.Wait()
		if q := rooms.last("web"); q == nil || !q.Doubt {
			t.Errorf("without a load, asked for %+v", q)
		}
		// A policy that was made anew has no decision of its own yet.
		f.list[0].PolicyUID = "another"
		if q := s.roomRequests(f.list); len(q) != 1 || !q[0].Doubt || q[0].Pods != 0 {
			t.Errorf("before its first decision, asked for %+v", q)
		}
	})
}

func TestWhatKeepsRoomFromBeingHadIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web", "plain")
		f.list[0].NodeHeadroom = &workload.NodeHeadroom{}
		o := quiet()
		o.Nodes = &roomRecorder{problem: &workload.Problem{Code: "NodeHeadroomUnavailable"}}
		s := build(t, o, f, &loads{})
		s.Lead()
		s.Tick(t.Context())
		has := func(name string) bool {
			return slices.ContainsFunc(result(t, s, name).Workload.Problems, func(p workload.Problem) bool { return p.Code == "NodeHeadroomUnavailable" })
		}
		if !has("web") || has("plain") {
			t.Errorf("told of web: %v, of plain: %v", has("web"), has("plain"))
		}
	})
}

// What is scheduled is set without a proof, and its nodes are asked for likewise.
func TestRoomIsAskedForAheadOfASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, rooms := replayable("web"), &roomRecorder{}
		f.list[0].Schedules = opening()
		f.list[0].NodeHeadroom = &workload.NodeHeadroom{Lead: 30 * time.Minute}
		s := schedulerWithProofs(t, f, saysVerdict(proof.NoGain, 0.8), func(o *Options) { o.Nodes = rooms })
		s.Tick(t.Context())
		synctest.Wait()
		was := int32(0)
		for i := range 75 { // it is nine, and ten o'clock that matters
			minute(t, s)
			synctest.Wait()
			q, floor := rooms.last("web"), f.floor("web")
			switch {
			case q == nil || q.Doubt:
				t.Fatalf("after %d minutes: %+v", i, q)
			case was == 0 && (floor != 2 || q.Pods > 18): // the floor will rise in steps, and so does the room for them
				t.Errorf("after %d minutes the floor is %d and room for %d pods is asked for, want 18 at the most", i, floor, q.Pods)
			case was > 0 && q.Pods+floor != 20:
				t.Errorf("after %d minutes the floor is %d and room for %d is asked for, want 20 in all", i, floor, q.Pods)
			}
			if was == 0 && q.Pods == 18 {
				if i < 15 || i > 30 {
					t.Errorf("room for what comes at ten is asked for %d minutes after nine", i)
				}
				was = q.Pods
			}
		}
		if was == 0 || f.floor("web") != 20 {
			t.Errorf("room for %d pods was asked for, and the floor is %d", was, f.floor("web"))
		}
	})
}
