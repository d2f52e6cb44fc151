package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// planPatience is how long the list of autoscalers may take.
const planPatience = 30 * time.Second

// fromCluster makes the fleet of the autoscalers of a cluster and of its
// Prometheus. It only reads.
func (o *planFlags) fromCluster(ctx context.Context, args []string, until time.Time, tell *planProgress) (fleet, error) {
	source, err := o.source(until)
	if err != nil {
		return fleet{}, fmt.Errorf("%w; or give --csv, or --tsdb and --workloads", err)
	}
	defer source.close()
	restConfig, _, err := o.config.Kubernetes.connect()
	if err != nil {
		return fleet{}, err
	}
	client, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return fleet{}, fmt.Errorf("kubernetes: %w", err)
	}
	dyn, err := dynamic.NewForConfig(restConfig)
	if err != nil {
		return fleet{}, fmt.Errorf("kubernetes: %w", err)
	}
	return o.survey(ctx, args, client, dyn, source, tell)
}

// survey lists the workloads, and reads their loads, pods and limits.
func (o *planFlags) survey(ctx context.Context, args []string, client kubernetes.Interface, dyn dynamic.Interface, source *planSource, tell *planProgress) (fleet, error) {
	f := fleet{from: source.to}
	list, err := o.discover(ctx, client, dyn)
	if err != nil {
		return f, err
	}
	found := len(list)
	list = slices.DeleteFunc(list, func(w workload.Workload) bool { return !chosen(args, w.Namespace, w.Name) })
	switch {
	case found == 0:
		return f, errors.New("there is no HorizontalPodAutoscaler in the cluster, or in its --namespaces")
	case len(list) == 0:
		return f, fmt.Errorf("none of %d autoscalers is %s", found, strings.Join(args, " or "))
	}
	pods := newPodReader(ctx, client, o.config.Kubernetes.Namespaces)
	f.workloads = make([]planning.Workload, len(list))
	tell.begin("read", len(list))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i := range list {
		g.Go(func() error {
			defer tell.done()
			var queries []history.Query
			f.workloads[i], queries = plannedOf(list[i])
			pods.fill(gctx, &list[i], &f.workloads[i])
			return source.read(gctx, &f.workloads[i], queries)
		})
	}
	if err := g.Wait(); err != nil {
		return f, err
	}
	f.limits, f.notes = pods.limits(ctx, f.workloads)
	return f, nil
}

// discover lists the autoscalers, once.
func (o *planFlags) discover(ctx context.Context, client kubernetes.Interface, dyn dynamic.Interface) ([]workload.Workload, error) {
	quiet := slog.New(slog.DiscardHandler)
	cluster := discovery.New(client, dyn, discovery.Options{Namespaces: o.config.Kubernetes.Namespaces, Describe: o.config.describe(), Log: quiet})
	rctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); cluster.Run(rctx) }()
	defer func() { stop(); <-ended }()
	wait, cancel := context.WithTimeout(ctx, planPatience)
	defer cancel()
	if err := cluster.WaitForSync(wait); err != nil {
		return nil, fmt.Errorf("kubernetes: the list of autoscalers did not come within %s; is the API server reachable, and may you list them? %w", planPatience, err)
	}
	return cluster.Workloads(ctx)
}

// plannedOf makes what is planned of a workload, but for its pods and its loads,
// whose queries it returns. A metric of which it is not known what a pod carries
// is left out if there is another.
func plannedOf(w workload.Workload) (planning.Workload, []history.Query) {
	p := w.Policy
	out := planning.Workload{
		Namespace: w.Namespace, Name: w.Name, Policy: p, Calendar: w.Calendar, Replicas: w.Replicas,
		Loop: simulate.Loop{
			Spec:  simulate.Spec{Min: w.Baseline, Max: w.Ceiling, Behavior: w.Behavior},
			Start: simulate.Starts{Fixed: max(p.LeadTime-leadSpare, 0)}, Delay: metricDelay,
		},
	}
	for _, problem := range w.Problems {
		out.Problems = append(out.Problems, fmt.Sprintf("%s %s: %s", problem.Code, problem.Field, problem.Message))
	}
	var queries []history.Query
	for _, s := range w.Sources {
		metric, full, assumed := metricOf(s)
		if !(full > 0) {
			out.Problems = append(out.Problems, fmt.Sprintf("%s is left out of the plan: it is not known what a pod carries of it", s.Name))
			continue
		}
		if len(queries) == 0 {
			out.Unit = cmp.Or(s.Capacity.Unit, s.Query.Unit)
		}
		out.Loop.Spec.Metrics, out.Loop.PerPod = append(out.Loop.Spec.Metrics, metric), append(out.Loop.PerPod, full)
		out.Loop.Saturates = out.Loop.Saturates || out.Unit == "cores"
		queries = append(queries, s.Query)
		if assumed != "" {
			out.Problems = append(out.Problems, assumed)
		}
	}
	return out, queries
}

// assumedTarget is the share of what a pod carries that a target is taken to be
// where nothing says what a pod carries.
const assumedTarget = 0.8

// metricOf is how the HPA sees a source, and what a pod carries at the most.
func metricOf(s workload.Source) (m simulate.Metric, full float64, assumed string) {
	m, full, assumed = s.Metric, s.Full, s.Assumed
	if m.Kind == "" {
		m = simulate.Metric{Kind: simulate.AverageValue, Target: s.Capacity.PerPod}
	}
	if !(full > 0) && s.Capacity.PerPod > 0 && !math.IsInf(s.Capacity.PerPod, 0) {
		full = s.Capacity.PerPod / assumedTarget
		assumed = fmt.Sprintf("%s: a pod is taken to carry %s at the most, a quarter more than its target", s.Name, explain.Quantity(full, s.Capacity.Unit))
	}
	return m, full, assumed
}

// A podReader reads what pods request and what there is room for. What it may
// not read is missing, and told.
type podReader struct {
	client     kubernetes.Interface
	namespaces []string
	labels     map[workload.Key]map[string]string // of the autoscalers
}

func newPodReader(ctx context.Context, client kubernetes.Interface, namespaces []string) *podReader {
	r := &podReader{client: client, namespaces: namespaces, labels: map[workload.Key]map[string]string{}}
	if len(namespaces) == 0 {
		r.namespaces = []string{metav1.NamespaceAll}
	}
	for _, ns := range r.namespaces {
		list, err := client.AutoscalingV2().HorizontalPodAutoscalers(ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			continue // they were listed a moment ago
		}
		for i := range list.Items {
			h := &list.Items[i]
			r.labels[workload.Key{Namespace: h.Namespace, Name: h.Name}] = h.Labels
		}
	}
	return r
}

// fill adds the labels of w, and what its pods request.
func (r *podReader) fill(ctx context.Context, w *workload.Workload, out *planning.Workload) {
	out.Labels = r.labels[w.Key]
	spec, err := r.template(ctx, w)
	switch {
	case err != nil:
		out.Problems = append(out.Problems, fmt.Sprintf("what a pod requests is not known: %v", err))
	case spec != nil:
		out.PodCPU, out.PodMemory = requested(spec, corev1.ResourceCPU), requested(spec, corev1.ResourceMemory)
	}
}

// template is the pod of w's scale target; nil if its kind has no well-known one.
func (r *podReader) template(ctx context.Context, w *workload.Workload) (*corev1.PodSpec, error) {
	apps, options := r.client.AppsV1(), metav1.GetOptions{}
	switch w.Target.Kind {
	case "Deployment":
		o, err := apps.Deployments(w.Namespace).Get(ctx, w.Target.Name, options)
		if err != nil {
			return nil, err
		}
		return &o.Spec.Template.Spec, nil
	case "StatefulSet":
		o, err := apps.StatefulSets(w.Namespace).Get(ctx, w.Target.Name, options)
		if err != nil {
			return nil, err
		}
		return &o.Spec.Template.Spec, nil
	}
	return nil, nil
}

// requested sums up what the containers of a pod request; a limit stands for a
// request that is not there.
func requested(spec *corev1.PodSpec, name corev1.ResourceName) float64 {
	sum := 0.0
	add := func(c *corev1.Container) {
		q, ok := c.Resources.Requests[name]
		if !ok {
			q = c.Resources.Limits[name]
		}
		sum += q.AsApproximateFloat64()
	}
	for i := range spec.Containers {
		add(&spec.Containers[i])
	}
	for i := range spec.InitContainers {
		if c := &spec.InitContainers[i]; c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(c)
		}
	}
	return sum
}
