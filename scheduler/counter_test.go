package scheduler

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
)

// A policy's query of a counter would ask for more pods each day: it is refused
// with the remedy, and the floor stays at the baseline. A gauge that is named like
// one is a load.
func TestACounterIsRefusedWithTheRemedy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const counter, gauge, idle = "sum(http_requests_total)", "jobs_total", "waiting_count"
		begin := time.Now().Add(-10 * 24 * time.Hour)
		l := &loads{others: map[string]func(time.Time) float64{
			counter: func(at time.Time) float64 { return at.Sub(begin).Seconds() },
			idle:    func(time.Time) float64 { return 7 },
		}}
		s := build(t, quiet(), newFleet(counter, gauge, idle), l)
		s.Lead()
		s.Tick(t.Context())
		r := result(t, s, counter)
		none := r.Signals[0].NoForecast
		if none == nil || none.Reason != forecast.ReasonCounter || !strings.Contains(none.Detail, "http_requests_total is a counter, no load: ask sum(rate(http_requests_total[5m]))") || r.Decision.Floor != 2 {
			t.Errorf("the counter: %v, floor %d: %s", none, r.Decision.Floor, r.Decision.Message)
		}
		for _, name := range []string{gauge, idle} {
			if r := result(t, s, name); r.Signals[0].NoForecast != nil {
				t.Errorf("%s: %v", name, r.Signals[0].NoForecast)
			}
		}
		if again := backoff(history.Counter, 3, time.Minute); again == 0 {
			t.Error("it is read again and again")
		}
	})
}
