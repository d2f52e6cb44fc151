package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"strings"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// clusterPatience is how long a cluster may take to list its autoscalers.
const clusterPatience = 30 * time.Second

// readLive reads a workload from a cluster, and its past from Prometheus.
// Nothing is written to either.
func (o *adviseFlags) readLive(ctx context.Context, namespace, name string) (*examined, error) {
	if err := o.config.validate(); err != nil {
		return nil, err
	}
	w, err := o.find(ctx, workload.Key{Namespace: namespace, Name: name})
	if err != nil {
		return nil, err
	}
	prom, err := history.NewClient(o.config.client())
	if err != nil {
		return nil, err
	}
	defer prom.Close()
	matchers, err := history.ParseMatchers(o.config.Prometheus.Matchers)
	if err != nil {
		return nil, err
	}
	return o.examine(ctx, w, history.NewReader(prom, history.ReaderOptions{Matchers: matchers}), time.Now())
}

// find asks the cluster about one workload.
func (o *adviseFlags) find(ctx context.Context, k workload.Key) (*workload.Workload, error) {
	quiet := slog.New(slog.DiscardHandler) // what fails is in the answer
	klog.SetSlogLogger(quiet)
	config, _, err := o.config.Kubernetes.connect()
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	cluster := discovery.New(client, dyn, discovery.Options{Namespaces: []string{k.Namespace}, Describe: o.config.describe(), Log: quiet})
	ctx, cancel := context.WithTimeout(ctx, clusterPatience)
	done := make(chan struct{})
	go func() { defer close(done); cluster.Run(ctx) }()
	defer func() { cancel(); <-done }()
	if err := cluster.WaitForSync(ctx); err != nil {
		return nil, fmt.Errorf("kubernetes: %s did not list its autoscalers within %s; is it reachable, and may you list them in namespace %s? %w",
			config.Host, clusterPatience, k.Namespace, err)
	}
	list, err := cluster.Workloads(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range list {
		if list[i].Key == k {
			return &list[i], nil
		}
		names = append(names, list[i].Name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: there is no HorizontalPodAutoscaler in namespace %s", k, k.Namespace)
	}
	return nil, fmt.Errorf("%s: there is no such HorizontalPodAutoscaler; namespace %s has %s", k, k.Namespace, strings.Join(names, ", "))
}

// A pastReader reads loads and replicas.
type pastReader interface {
	Read(ctx context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error)
	Replicas(ctx context.Context, namespace, kind, name string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error)
}

// examine reads the past of a workload. Metrics whose load or capacity is not
// known are left out, with a note.
func (o *adviseFlags) examine(ctx context.Context, w *workload.Workload, reader pastReader, now time.Time) (*examined, error) {
	for _, p := range w.Problems {
		if p.Fatal {
			return nil, fmt.Errorf("%s: %s: %s", w.Key, p.Field, p.Message)
		}
	}
	step := time.Duration(o.config.Scheduler.Step)
	to := now.Truncate(step)
	from := to.Add(-time.Duration(o.config.Scheduler.History))
	x := &examined{name: w.Key.String()}
	x.Case = proof.Case{
		Loop: simulate.Loop{
			Spec:  simulate.Spec{Min: w.Baseline, Max: w.Ceiling, Behavior: w.Behavior},
			Start: simulate.Starts{Fixed: o.startOf(w)},
		},
		Policy: w.Policy,
	}
	for _, s := range w.Sources {
		if s.Metric.Kind == "" || !(s.Full > 0) {
			x.notes = append(x.notes, fmt.Sprintf("%s was left out: what a pod carries of it is not known", s.Name))
			continue
		}
		read, err := reader.Read(ctx, s.Query, from, to, step)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		x.notes = append(x.notes, read.Warnings...)
		x.Case.Loop.Spec.Metrics = append(x.Case.Loop.Spec.Metrics, s.Metric)
		x.Case.Loop.PerPod = append(x.Case.Loop.PerPod, s.Full)
		x.Case.Loads = append(x.Case.Loads, read.Series)
		x.Fields, x.Assumed = append(x.Fields, fieldOfSource(s)), append(x.Assumed, s.Assumed)
		if x.unit == "" {
			x.unit = s.Capacity.Unit
		}
	}
	if len(x.Case.Loads) == 0 {
		return nil, fmt.Errorf("%s: it has no metric that a replay can be made of; give it a target, or set spec.load of a FloorPolicy", w.Key)
	}
	oneGrid(x.Case.Loads)
	if w.Calendar != nil {
		x.Case.Calendar = build(*w.Calendar, x.Case.Loads[0], time.Duration(o.config.Scheduler.Horizon))
	}
	var warnings []string
	var err error
	x.Observed.Wanted, x.Observed.Ready, warnings, err = reader.Replicas(ctx, w.Namespace, w.Target.Kind, w.Target.Name, from, to, step)
	if err != nil {
		warnings = append(warnings, "no replica history: "+err.Error())
	}
	x.notes = append(x.notes, warnings...)
	return x, nil
}

// startOf is how long a pod takes to be Ready: as given, as learned, or what
// the lead time leaves.
func (o *adviseFlags) startOf(w *workload.Workload) time.Duration {
	switch {
	case o.set("start"):
		return time.Duration(o.start)
	case w.Lead != nil && w.Lead.Median > 0:
		return w.Lead.Median
	}
	return max(0, w.Policy.LeadTime-leadMargin)
}

// metricField finds the metric in the origin of a derived query:
// "spec.metrics[0] (Resource cpu)".
var metricField = regexp.MustCompile(`^(spec\.metrics\[\d+\]) \((\w+)\b`)

// fieldOfSource names the target of a metric; empty if it is not a metric's.
func fieldOfSource(s workload.Source) string {
	m := metricField.FindStringSubmatch(s.Query.From)
	if m == nil {
		return ""
	}
	last := "averageValue"
	switch {
	case s.Metric.Kind == simulate.Utilization:
		last = "averageUtilization"
	case strings.Contains(s.Capacity.Source, "the value that"):
		last = "value"
	}
	return m[1] + "." + strings.ToLower(m[2][:1]) + m[2][1:] + ".target." + last
}

// oneGrid lays series of one step onto a grid that has them all.
func oneGrid(list []forecast.Series) {
	first, last := list[0].Start, list[0].End()
	for _, s := range list {
		if s.Start.Before(first) {
			first = s.Start
		}
		if s.End().After(last) {
			last = s.End()
		}
	}
	for k, s := range list {
		whole := forecast.Series{Start: first, Step: s.Step, Values: make([]float64, int(last.Sub(first)/s.Step)+1)}
		for i := range whole.Values {
			whole.Values[i] = math.NaN()
		}
		copy(whole.Values[whole.Index(s.Start):], s.Values)
		list[k] = whole
	}
}

var _ pastReader = (*history.Reader)(nil)
