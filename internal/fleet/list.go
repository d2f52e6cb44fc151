package fleet

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/internal/strictyaml"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A List describes workloads that no cluster is asked for.
type List struct {
	Defaults  Entry   `json:"defaults"` // for every workload that says nothing
	Workloads []Entry `json:"workloads"`
	Limits    Limits  `json:"limits"`
}

// An Entry is one workload. A field that is empty is that of the defaults, and
// then that of the flags.
type Entry struct {
	Name        string            `json:"name,omitempty"`   // NAMESPACE/NAME, or a name alone
	Query       string            `json:"query,omitempty"`  // PromQL that gives the load as one series
	CSV         string            `json:"csv,omitempty"`    // or a file with it, beside this one
	Column      string            `json:"column,omitempty"` // of the file, where it holds several loads
	Unit        string            `json:"unit,omitempty"`   // of the load
	PodCapacity float64           `json:"podCapacity,omitempty"`
	Target      string            `json:"target,omitempty"`
	Baseline    int32             `json:"baseline,omitempty"`
	Ceiling     int32             `json:"ceiling,omitempty"`
	Start       *model.Duration   `json:"start,omitempty"`
	CPU         string            `json:"cpu,omitempty"`
	Memory      string            `json:"memory,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Calendar    *calendar.Spec    `json:"calendar,omitempty"`

	read *files.Load // of --csv
}

// What holds of a workload that says nothing.
const (
	DefaultTarget   = "70%"
	DefaultBaseline = int32(1)
	DefaultStart    = model.Duration(time.Minute)
)

// readList reads a file of workloads. A key that is not known is an error.
func readList(path string) (List, error) {
	var f List
	data, err := os.ReadFile(path)
	if err != nil {
		return f, fmt.Errorf("--workloads: %w", err)
	}
	if err := strictyaml.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	for i := range f.Workloads {
		if c := f.Workloads[i].CSV; c != "" && !filepath.IsAbs(c) {
			f.Workloads[i].CSV = filepath.Join(filepath.Dir(path), c)
		}
	}
	return f, nil
}

// over returns w with what it leaves open taken from d.
func (w Entry) over(d Entry) Entry {
	w.Unit, w.Target, w.CPU, w.Memory = cmp.Or(w.Unit, d.Unit), cmp.Or(w.Target, d.Target), cmp.Or(w.CPU, d.CPU), cmp.Or(w.Memory, d.Memory)
	w.PodCapacity, w.Baseline, w.Ceiling = cmp.Or(w.PodCapacity, d.PodCapacity), cmp.Or(w.Baseline, d.Baseline), cmp.Or(w.Ceiling, d.Ceiling)
	w.Start, w.Calendar = cmp.Or(w.Start, d.Start), cmp.Or(w.Calendar, d.Calendar)
	if w.Labels == nil {
		w.Labels = d.Labels
	}
	return w
}

// workload makes what is planned of w, but for its load. field begins the names
// of its fields in errors.
func (w Entry) workload(field string, p recommender.Policy) (planning.Workload, error) {
	var errs []error
	add := func(bad bool, name, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("%s%s: "+format, append([]any{field, name}, args...)...))
		}
	}
	namespace, name, ok := strings.Cut(w.Name, "/")
	if !ok {
		namespace, name = "", w.Name
	}
	add(name == "" || strings.Contains(name, "/"), "name", "%q is neither NAMESPACE/NAME nor a name", w.Name)
	add(!(w.PodCapacity > 0) || math.IsInf(w.PodCapacity, 0), "podCapacity", "%g: give the load that one ready pod carries at the most, here or with --pod-capacity", w.PodCapacity)
	target := w.target(add)
	ceiling := cmp.Or(w.Ceiling, planning.NoCeiling)
	add(w.Baseline < 1, "baseline", "%d: an HPA keeps at least 1 pod", w.Baseline)
	add(ceiling < w.Baseline, "ceiling", "%d: make it at least the baseline of %d", w.Ceiling, w.Baseline)
	cpu, err := quantity(w.CPU)
	add(err != nil, "cpu", "%q: %v", w.CPU, err)
	memory, err := quantity(w.Memory)
	add(err != nil, "memory", "%q: %v", w.Memory, err)
	start := time.Duration(*w.Start)
	add(start < 0 || start > 6*time.Hour, "start", "%s: give the time from a pod's creation to Ready, at most 6h", *w.Start)
	if w.Calendar != nil {
		for _, x := range w.Calendar.Problems() {
			errs = append(errs, fmt.Errorf("%scalendar.%w", field, x))
		}
	}
	p.LeadTime = start + leadSpare
	return planning.Workload{
		Namespace: namespace, Name: name, Labels: w.Labels, Policy: p, Calendar: w.Calendar, Unit: w.Unit, PodCPU: cpu, PodMemory: memory,
		Loop: simulate.Loop{
			Spec: simulate.Spec{Min: w.Baseline, Max: ceiling, Metrics: []simulate.Metric{
				{Kind: simulate.AverageValue, Target: target}}},
			PerPod: []float64{w.PodCapacity}, Start: simulate.Starts{Fixed: start}, Delay: metricDelay,
		},
	}, errors.Join(errs...)
}

// target is the load that the HPA aims at for each pod. What a pod carries is
// checked apart.
func (w Entry) target(add func(bad bool, name, format string, args ...any)) float64 {
	t, err := ParseTarget(w.Target)
	add(err != nil, "target", "%v", err)
	if err != nil || !(w.PodCapacity > 0) {
		return 0
	}
	load, err := t.PerPod(w.PodCapacity)
	add(err != nil, "target", "%q: %v", w.Target, err)
	return load
}
