package recommender

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var headroomStart = time.Date(2026, 3, 14, 9, 26, 0, 0, time.UTC)

// stepsOf makes a plan with a point each minute.
func stepsOf(floors ...int32) Plan {
	pl := Plan{Step: time.Minute}
	for i, n := range floors {
		pl.Points = append(pl.Points, PlanPoint{Time: headroomStart.Add(time.Duration(i) * time.Minute), Floor: n})
	}
	return pl
}

func randomSteps(r *rand.Rand, n int) Plan {
	floors := make([]int32, n)
	floor := int32(1 + r.IntN(20))
	for i := range floors {
		if r.IntN(6) == 0 {
			floor = int32(1 + r.IntN(20))
		}
		floors[i] = floor
	}
	return stepsOf(floors...)
}

func TestNodeHeadroomIsWhatThePlanAddsWhileANodeIsOnItsWay(t *testing.T) {
	pl := stepsOf(2, 2, 2, 6, 9, 12, 12, 4)
	f := func(lead time.Duration, standing, want int32) {
		t.Helper()
		if got := pl.NodeHeadroom(lead, standing); got != want {
			t.Errorf("lead %s, %d standing: %d, want %d", lead, standing, got, want)
		}
	}
	f(0, 2, 0)
	f(2*time.Minute, 2, 0)
	f(3*time.Minute-time.Nanosecond, 2, 0)
	f(3*time.Minute, 2, 4) // a node asked for now is there as the floor rises
	f(5*time.Minute, 2, 10)
	f(time.Hour, 2, 10) // past its end, the last floor holds
	f(5*time.Minute, 8, 4)
	f(5*time.Minute, 15, 0)
	f(-time.Hour, 2, 0)
	if got := (Plan{}).NodeHeadroom(time.Hour, 0); got != 0 {
		t.Errorf("a plan without points needs room for %d pods", got)
	}
}

func TestNodeHeadroomProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		pl := randomSteps(r, 1+r.IntN(120))
		lead, standing := time.Duration(r.IntN(5400))*time.Second, int32(r.IntN(22))
		n := pl.NodeHeadroom(lead, standing)
		most := slices.MaxFunc(pl.Points, func(a, b PlanPoint) int { return int(a.Floor - b.Floor) }).Floor
		switch {
		case n < 0 || n > max(most-standing, 0):
			t.Fatalf("%d pods of headroom for floors of %d at the most and %d standing", n, most, standing)
		case pl.NodeHeadroom(lead+time.Minute, standing) < n:
			t.Fatal("a longer lead time needs less")
		case pl.NodeHeadroom(lead, standing+1) > n || pl.NodeHeadroom(lead, standing+1) < n-1:
			t.Fatal("one pod more changes it by more than one, or upward")
		case pl.Changes().NodeHeadroom(lead, standing) != n:
			t.Fatal("the plan's changes need another headroom than the plan")
		case n > 0 && pl.NodeHeadroom(lead, standing+n) != 0:
			t.Fatal("with the headroom filled there is still some asked for")
		}
	}
}

// TestHourlyHeadroomIsTheMostOfItsSeconds compares with every second of an hour.
func TestHourlyHeadroomIsTheMostOfItsSeconds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		pl := randomSteps(r, 90+r.IntN(80))
		lead := time.Duration(r.IntN(3600)) * time.Second
		end := pl.Points[len(pl.Points)-1].Time
		want := map[time.Time]int32{}
		var hours []time.Time
		hour := headroomStart
		for at := headroomStart; !at.After(end.Truncate(time.Hour).Add(time.Hour - time.Second)); at = at.Add(time.Second) {
			if at.Truncate(time.Hour).Equal(at) {
				hour = at
			}
			if !slices.Contains(hours, hour) {
				hours = append(hours, hour)
			}
			i := min(int(at.Sub(headroomStart)/time.Minute), len(pl.Points)-1)
			most := int32(0)
			for k := i; k < len(pl.Points) && !pl.Points[k].Time.After(at.Add(lead)); k++ {
				most = max(most, pl.Points[k].Floor)
			}
			want[hour] = max(want[hour], most-pl.Points[i].Floor)
		}
		got := pl.NodeHeadroomByHour(lead)
		if len(got) != len(hours) {
			t.Fatalf("%d hours, want %d", len(got), len(hours))
		}
		for i, h := range got {
			if !h.Time.Equal(hours[i]) || h.Pods != want[hours[i]] {
				t.Fatalf("lead %s: %s %d, want %s %d", lead, h.Time, h.Pods, hours[i], want[hours[i]])
			}
		}
		for i, h := range pl.Changes().NodeHeadroomByHour(lead) {
			if h != got[i] {
				t.Fatalf("the plan's changes have %v, the plan %v", h, got[i])
			}
		}
	}
}
