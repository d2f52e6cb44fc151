package scheduler

import (
	"testing"

	"github.com/highwater-dev/highwater/forecast"
)

func TestOnlyWhatIsAwaitedIsUnread(t *testing.T) {
	pending, failed := &forecast.NoForecast{Reason: forecast.ReasonPending}, &forecast.NoForecast{Reason: forecast.ReasonQuery}
	for name, tt := range map[string]struct {
		r    Result
		want bool
	}{
		"awaited":              {Result{Signals: []SignalResult{{NoForecast: pending}}}, true},
		"forecast":             {Result{Signals: []SignalResult{{}}}, false},
		"one of two awaited":   {Result{Signals: []SignalResult{{NoForecast: pending}, {NoForecast: failed}}}, false},
		"awaited, and a fault": {Result{Err: "refused", Signals: []SignalResult{{NoForecast: pending}}}, false},
		"no load":              {Result{}, false},
	} {
		if got := tt.r.Unread(); got != tt.want {
			t.Errorf("%s: unread %v", name, got)
		}
	}
}
