package forecast

import (
	"runtime"
	"testing"
	"time"
)

func TestForecastAndPeaksAllocateNothing(t *testing.T) {
	tests := map[string]Options{
		"a day":    {Window: 10 * time.Minute},
		"a week":   {Horizon: 7 * 24 * time.Hour, Window: 2 * time.Hour},
		"an hour":  {Horizon: time.Hour},
		"calendar": {Calendar: &Calendar{Location: zone(t, "Europe/Berlin"), Events: []Event{{"", t0, t0.Add(time.Hour), 2}}}},
	}
	for name, o := range tests {
		m := mustFit(t, series(9*288, 5*time.Minute, daily(noise())), o)
		var load, peak Paths
		m.Forecast(&load, taus)
		m.Peaks(&peak, taus)
		if n := testing.AllocsPerRun(10, func() { m.Forecast(&load, taus); m.Peaks(&peak, taus) }); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

// retained returns the bytes that a model holds on to, as the mean over many.
func retained(t *testing.T, s Series, o Options) float64 {
	const n = 64
	mustFit(t, s, o).Forecast(nil, taus) // so that the shared workspace is there
	models := make([]*Model, 0, n)
	heap := func() uint64 {
		for range 3 { // the pool of workspaces is emptied by the second
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var p Paths
	before := heap()
	for range n {
		m := mustFit(t, s, o)
		m.Forecast(&p, taus)
		m.Peaks(&p, taus)
		models = append(models, m)
	}
	after := heap()
	runtime.KeepAlive(models)
	runtime.KeepAlive(&p)
	return (float64(after) - float64(before)) / n
}

func TestAModelOfFourWeeksHolds128KiBAtMost(t *testing.T) {
	if testing.Short() {
		t.Skip("64 fits")
	}
	bytes := retained(t, fourWeeks(), Options{Window: 30 * time.Minute})
	t.Logf("28 days of 5 minutes: %.1f KiB", bytes/1024)
	if bytes > 128<<10 {
		t.Errorf("a model holds %.1f KiB", bytes/1024)
	}
	bytes = retained(t, series(15*1440, time.Minute, daily(noise())), Options{Window: 30 * time.Minute})
	t.Logf("15 days of 1 minute: %.1f KiB", bytes/1024)
	bytes = retained(t, series(28*24, time.Hour, daily(noise())), Options{Window: 2 * time.Hour})
	t.Logf("28 days of 1 hour: %.1f KiB", bytes/1024)
	if bytes > 128<<10 {
		t.Errorf("a model of hours holds %.1f KiB", bytes/1024)
	}
}
