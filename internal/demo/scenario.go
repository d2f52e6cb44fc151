package demo

import (
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/benchmarks/traces"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history/files"
)

// A source is what kind of metric the HPA of a demo workload scales on.
type source string

const (
	cpu      source = "cpu"      // Resource, as a share of the pods' requests
	pods     source = "pods"     // Pods, an average over them
	external source = "external" // External, an average over the pods
)

// An actor is one workload of the demo and the trace that drives it.
type actor struct {
	namespace, name string
	trace           string
	metric          source
	series          string        // name of the metric, unless cpu
	peakIn          time.Duration // from the start of the demo to the steepest rise
	start           time.Duration // of a pod
	ceiling         int32
	enforce         bool // has a FloorPolicy that enforces
}

// cast lists the workloads of the demo.
func cast() []actor {
	return []actor{
		{"shop", "checkout", "crane_cpu_01_1m", cpu, "", 25 * time.Minute, 90 * time.Second, 200, true},
		{"shop", "catalog", "crane_cpu_02_1m", cpu, "", 45 * time.Minute, 60 * time.Second, 60, true},
		{"shop", "search", "ms_mongo_app01_rps_1m", pods, "search_queries_per_second", 20 * time.Minute, 2 * time.Minute, 60, true},
		{"shop", "reports", "crane_cpu_07_1m", cpu, "", 90 * time.Minute, 60 * time.Second, 60, false},
		{"media", "weekend", "crane_cpu_12_1m", cpu, "", 60 * time.Minute, 2 * time.Minute, 60, true},
		{"media", "scores", "worldcup98_1m", external, "site_requests_per_minute", 35 * time.Minute, 90 * time.Second, 60, true},
		{"data", "ingest", "ms_ingress04_1m", external, "ingest_records_per_second", 30 * time.Minute, 60 * time.Second, 60, true},
		{"data", "batch", "azure_vm2019_cpu_5m", external, "vm_cpu_percent", 75 * time.Minute, 3 * time.Minute, 60, false},
	}
}

const (
	// basePods is how many pods the mean load needs at the HPA's target.
	basePods = 10
	baseline = 2
	// target is the HPA's CPU utilization.
	target = 0.7
	// shown is how much of a trace the demo has behind it at least.
	shown = 8 * 24 * time.Hour
)

// A play is an actor with its load: a trace moved in time so that its steepest
// rise comes peakIn after the start.
type play struct {
	actor
	load forecast.Series // minutes, wrapping around when the trace is over
	now  int             // index of the start
	mean float64         // of the last week before the start
}

// stage reads the actor's trace and finds where the demo begins in it.
func stage(a actor) (play, error) {
	f, err := traces.Open(a.trace)
	if err != nil {
		return play{}, err
	}
	defer f.Close()
	points, err := files.Points(f)
	if err != nil {
		return play{}, fmt.Errorf("trace %s: %w", a.trace, err)
	}
	s, _, err := forecast.NewSeries(points, 0)
	if err != nil {
		return play{}, fmt.Errorf("trace %s: %w", a.trace, err)
	}
	s = minutes(s)
	rise := steepest(s)
	p := play{actor: a, load: s, now: rise - int(a.peakIn/time.Minute)}
	week := s.Values[max(0, p.now-7*24*60):p.now]
	sum, n := 0.0, 0.0
	for _, v := range week {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	p.mean = sum / n
	return p, nil
}

// minutes returns the series with a sample each minute; a coarser one repeats
// its samples, as a slowly scraped gauge does.
func minutes(s forecast.Series) forecast.Series {
	if s.Step <= time.Minute {
		return s.Resample(time.Minute)
	}
	times := int(s.Step / time.Minute)
	out := forecast.Series{Start: s.Start, Step: time.Minute, Values: make([]float64, 0, s.Len()*times)}
	for _, v := range s.Values {
		for range times {
			out.Values = append(out.Values, v)
		}
	}
	return out
}

// steepest returns the index in the last third of s, at least eight days in,
// where the next half hour exceeds the last by most.
func steepest(s forecast.Series) int {
	const half = 30
	sums := make([]float64, s.Len()+1)
	for i, v := range s.Values {
		if math.IsNaN(v) {
			v = 0
		}
		sums[i+1] = sums[i] + v
	}
	best, at := math.Inf(-1), s.Len()/2
	for i := max(s.Len()*2/3, int(shown/time.Minute)); i+2*half < s.Len(); i++ {
		if d := (sums[i+half] - sums[i]) - (sums[i] - sums[i-half]); d > best {
			best, at = d, i
		}
	}
	return at
}

// at returns the load i minutes after the start. Past the end of the trace it
// goes on a whole number of weeks, or else of days, before.
func (p *play) at(i int) float64 {
	i += p.now
	const day, week = 24 * 60, 7 * 24 * 60
	n := len(p.load.Values)
	back := week
	if n < 2*week {
		back = day
	}
	for i >= n {
		i -= back
	}
	return p.load.Values[i]
}
