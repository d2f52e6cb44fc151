package scheduler

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// opening asks for 20 pods from ten to twelve.
func opening() []recommender.Schedule {
	return []recommender.Schedule{{Min: 20, ScheduleSpec: calendar.ScheduleSpec{Name: "opening", Start: "0 10 * * *", End: "0 12 * * *"}}}
}

// What is scheduled needs no proof, only the mode Enforce; it does not lend its
// force to forecasts.
func TestASchedulesFloorNeedsNoProof(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(w *workload.Workload)
		at     int32 // ten, and after it
		after  int32
	}{
		{"enforced, not proven", func(*workload.Workload) {}, 20, 2},
		{"suspended", func(w *workload.Workload) { w.Policy.Suspend = true }, 2, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := replayable("web")
				f.list[0].Schedules = opening()
				tt.change(&f.list[0])
				s := schedulerWithProofs(t, f, saysVerdict(proof.NoGain, 0.8))
				s.Tick(t.Context())
				synctest.Wait()
				for range 50 {
					minute(t, s)
				}
				if n := f.floor("web"); n != 2 {
					t.Fatalf("ten minutes before: %d", n)
				}
				for range 12 {
					minute(t, s)
				}
				r := result(t, s, "web")
				if n := f.floor("web"); n != tt.at {
					t.Fatalf("at ten: %d: %s", n, r.Applied.Message)
				}
				if (tt.at == 20) != r.Workload.OnlySchedules || tt.at == 20 && !strings.Contains(warned(r, workload.ProofFailed), "floors are set for what is scheduled and are otherwise only recommended") {
					t.Errorf("%+v", r.Decision.Warnings)
				}
				for range 180 {
					minute(t, s)
				}
				if n := f.floor("web"); n != tt.after {
					t.Errorf("an hour after its end: %d", n)
				}
			})
		})
	}
}

func TestAProofIsMadeWithTheSchedules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("web"), saysVerdict(proof.Proven, 0.8)
		f.list[0].Schedules = opening()
		s := schedulerWithProofs(t, f, c)
		s.Tick(t.Context())
		synctest.Wait()
		if len(c.cases) != 1 || len(c.cases[0].Schedules) != 1 {
			t.Fatalf("%d cases", len(c.cases))
		}
		f.mu.Lock()
		f.list[0].Schedules = nil
		f.mu.Unlock()
		for range 30 {
			minute(t, s)
		}
		if len(c.cases) != 2 || len(c.cases[1].Schedules) != 0 {
			t.Errorf("%d cases: without the schedule it is not proven anew", len(c.cases))
		}
	})
}
