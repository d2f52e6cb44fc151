package main

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
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A planFile describes workloads that no cluster is asked for.
type planFile struct {
	Defaults  planWorkload   `json:"defaults"` // for every workload that says nothing
	Workloads []planWorkload `json:"workloads"`
	Limits    planLimits     `json:"limits"`
}

// A planWorkload is one workload. A field that is empty is that of the
// defaults, and then that of the flags.
type planWorkload struct {
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

// planLimits are what there is room for.
type planLimits struct {
	Quotas map[string]planQuota `json:"quotas,omitempty"` // by namespace
	Nodes  planQuota            `json:"nodes"`            // of all nodes together
}

// A planQuota is room for pods; an empty field is no limit.
type planQuota struct {
	Pods   float64 `json:"pods,omitempty"`
	CPU    string  `json:"cpu,omitempty"`
	Memory string  `json:"memory,omitempty"`
}

// What holds of a workload that says nothing.
const (
	defaultPlanTarget   = "70%"
	defaultPlanBaseline = 1
	defaultPlanStart    = model.Duration(time.Minute)
	// metricDelay is the age of the metrics that an HPA sees.
	metricDelay = 30 * time.Second
	// leadSpare is what a lead time is longer than a pod's start: the tick, and the HPA's sync.
	leadSpare = 30 * time.Second
)

func (w *planWorkload) bind(f *pflag.FlagSet) {
	start := defaultPlanStart
	w.Start = &start
	f.Float64Var(&w.PodCapacity, "pod-capacity", 0, "load that one ready pod carries at the most, where the file says nothing")
	f.StringVar(&w.Target, "target", defaultPlanTarget, "share of it that the HPA aims at, likewise")
	f.Int32Var(&w.Baseline, "baseline", defaultPlanBaseline, "the HPA's minReplicas, likewise")
	f.Int32Var(&w.Ceiling, "ceiling", 0, "the HPA's maxReplicas, likewise; 0 for any number")
	f.Var(duration(w.Start), "start", "time from a pod's creation to Ready, likewise")
	f.StringVar(&w.CPU, "pod-cpu", "", "CPU that one pod requests, as 500m, likewise")
	f.StringVar(&w.Memory, "pod-memory", "", "memory that one pod requests, as 512Mi, likewise")
}

// readPlanFile reads a file of workloads. A key that is not known is an error.
func readPlanFile(path string) (planFile, error) {
	var f planFile
	data, err := os.ReadFile(path)
	if err != nil {
		return f, fmt.Errorf("--workloads: %w", err)
	}
	if err := yaml.UnmarshalStrict(data, &f); err != nil {
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
func (w planWorkload) over(d planWorkload) planWorkload {
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
func (w planWorkload) workload(field string, p recommender.Policy) (planning.Workload, error) {
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
	target, err := parseShare(w.Target)
	add(err != nil || !(target > 0.01 && target <= 2), "target", "%q: write the share of podCapacity that the HPA aims at, as 70%%", w.Target)
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
				{Kind: simulate.AverageValue, Target: target * w.PodCapacity}}},
			PerPod: []float64{w.PodCapacity}, Start: simulate.Starts{Fixed: start}, Delay: metricDelay,
		},
	}, errors.Join(errs...)
}

// quantity reads an amount as Kubernetes writes it; 0 for an empty one.
func quantity(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return 0, errors.New("write an amount as Kubernetes does: 500m, 2, 512Mi")
	}
	v := q.AsApproximateFloat64()
	if v < 0 {
		return 0, errors.New("it must not be negative")
	}
	return v, nil
}

// limits reads the limits of a file.
func (l planLimits) limits() (planning.Limits, error) {
	var errs []error
	out := planning.Limits{Quotas: map[string]planning.Quota{}}
	read := func(field string, q planQuota) planning.Quota {
		cpu, err := quantity(q.CPU)
		if err != nil {
			errs = append(errs, fmt.Errorf("limits.%s.cpu: %q: %w", field, q.CPU, err))
		}
		memory, err := quantity(q.Memory)
		if err != nil {
			errs = append(errs, fmt.Errorf("limits.%s.memory: %q: %w", field, q.Memory, err))
		}
		return planning.Quota{Pods: q.Pods, CPU: cpu, Memory: memory}
	}
	for ns, q := range l.Quotas {
		out.Quotas[ns] = read("quotas."+ns, q)
	}
	out.Nodes = read("nodes", l.Nodes)
	return out, errors.Join(errs...)
}

// room lays the flags over the limits that were found.
func (o *planFlags) room(l *planning.Limits) error {
	for _, x := range []struct {
		flag, text string
		dst        *float64
	}{{"node-cpu", o.nodes.CPU, &l.Nodes.CPU}, {"node-memory", o.nodes.Memory, &l.Nodes.Memory}} {
		v, err := quantity(x.text)
		if err != nil {
			return fmt.Errorf("--%s %q: %w", x.flag, x.text, err)
		}
		if x.text != "" {
			*x.dst = v
		}
	}
	return nil
}
