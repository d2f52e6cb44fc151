package fleet

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/patch"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A Subject is a workload to give advice for.
type Subject struct {
	advice.Input
	Name    string
	Price   price.Price // of an hour of a pod; zero if there is none
	Notes   []string    // for the reader of the advice
	Assumed []string    // of the file

	// Autoscaler is what advice is to be applied to, as it is now.
	Autoscaler func(context.Context) (patch.Autoscaler, error)
}

// Subject reads one workload of the cluster, and its past from Prometheus. start
// is how long a pod takes to be Ready, if that is given.
func (r *Reader) Subject(ctx context.Context, k workload.Key, start *time.Duration) (*Subject, error) {
	if err := r.Config.Validate(); err != nil {
		return nil, err
	}
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	prom, err := history.NewClient(r.Config.ClientOptions())
	if err != nil {
		return nil, err
	}
	defer prom.Close()
	matchers, err := history.ParseMatchers(r.Config.Prometheus.Matchers)
	if err != nil {
		return nil, err
	}
	store := history.NewReader(prom, history.ReaderOptions{Matchers: matchers})
	w, err := r.find(ctx, c, k, store)
	if err != nil {
		return nil, err
	}
	x, err := r.examine(ctx, w, start, store, time.Now())
	if err != nil {
		return nil, err
	}
	x.Autoscaler = func(ctx context.Context) (patch.Autoscaler, error) { return c.autoscaler(ctx, w) }
	return x, nil
}

// autoscaler reads the object of a workload. It lists it, as discovery does: the
// right to get autoscalers is more than that takes.
func (c cluster) autoscaler(ctx context.Context, w *workload.Workload) (patch.Autoscaler, error) {
	kind := autoscalingv2.SchemeGroupVersion.WithResource("horizontalpodautoscalers")
	if w.Kind == workload.ScaledObject {
		kind = keda.Resource
	}
	list, err := c.dynamic.Resource(kind).Namespace(w.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + w.Name})
	if err != nil {
		return patch.Autoscaler{}, fmt.Errorf("kubernetes: %s %s: %w", w.Kind, w.Key, err)
	}
	for i := range list.Items {
		if object := &list.Items[i]; object.GetName() == w.Name {
			enforced := w.Policy.Mode == recommender.Enforce && !w.Policy.Suspend
			return patch.Autoscaler{Object: object, Raised: w.Raised(), Enforced: enforced, Policy: w.PolicyName}, nil
		}
	}
	return patch.Autoscaler{}, fmt.Errorf("kubernetes: %s %s is gone since its history was read", w.Kind, w.Key)
}

// find asks the cluster about one workload.
func (r *Reader) find(ctx context.Context, c cluster, k workload.Key, store *history.Reader) (*workload.Workload, error) {
	list, _, err := r.discover(ctx, c, []string{k.Namespace}, store)
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
func (r *Reader) examine(ctx context.Context, w *workload.Workload, start *time.Duration, reader pastReader, now time.Time) (*Subject, error) {
	for _, p := range w.Problems {
		if p.Fatal {
			return nil, fmt.Errorf("%s: %s: %s", w.Key, p.Field, p.Message)
		}
	}
	step, horizon := time.Duration(r.Config.Scheduler.Step), time.Duration(r.Config.Scheduler.Horizon)
	to := now.Truncate(step)
	from := to.Add(-time.Duration(r.Config.Scheduler.History))
	x := &Subject{Name: w.Key.String(), Price: w.Price, Notes: slices.Clone(r.notes)}
	var replayed []workload.Source
	for _, s := range w.Sources {
		if !s.Replayable() {
			x.Notes = append(x.Notes, fmt.Sprintf("%s was left out: what a pod carries of it is not known", s.Name))
			continue
		}
		read, err := reader.Read(ctx, s.Query, from, to, step)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		x.Notes = append(x.Notes, read.Warnings...)
		replayed, x.Case.Loads = append(replayed, s), append(x.Case.Loads, read.Series)
		x.Fields, x.Input.Assumed = append(x.Fields, fieldOfSource(s)), append(x.Input.Assumed, s.Assumed)
	}
	if len(replayed) == 0 {
		return nil, fmt.Errorf("%s: it has no metric that a replay can be made of; give it a target, or set spec.load of a FloorPolicy", w.Key)
	}
	x.Case.Policy, x.Case.Loop = w.Policy, w.Loop(replayed...)
	x.Case.Loop.Start.Fixed = started(w, start)
	oneGrid(x.Case.Loads)
	if w.Calendar != nil && !w.Calendar.IsZero() {
		x.Case.Calendar = w.Calendar.Build(x.Case.Loads[0].Start, x.Case.Loads[0].End().Add(horizon))
	}
	var warnings []string
	var err error
	x.Observed.Wanted, x.Observed.Ready, warnings, err = reader.Replicas(ctx, w.Namespace, w.Target.Kind, w.Target.Name, from, to, step)
	if err != nil {
		warnings = append(warnings, "no replica history: "+err.Error())
	}
	x.Notes = append(x.Notes, warnings...)
	return x, nil
}

// started is how long a pod takes to be Ready: as given, as learned, or what the
// lead time leaves.
func started(w *workload.Workload, given *time.Duration) time.Duration {
	switch {
	case given != nil:
		return *given
	case w.Lead != nil && w.Lead.Median > 0:
		return w.Lead.Median
	}
	return startOf(w)
}

// metricField finds the metric in the origin of a derived query:
// "spec.metrics[0] (Resource cpu)".
var metricField = regexp.MustCompile(`^(spec\.metrics\[\d+\]) \((\w+)\b`)

// triggerField finds a trigger of KEDA's in the origin of a load:
// "spec.triggers[0] (prometheus)".
var triggerField = regexp.MustCompile(`^(spec\.triggers\[\d+\]) \((.+)\)$`)

// fieldOfSource names the target of a metric or a trigger; empty if it is of neither.
// Of a trigger that has no query it names the trigger: each type has its target
// elsewhere.
func fieldOfSource(s workload.Source) string {
	if t := triggerField.FindStringSubmatch(s.Query.From); t != nil {
		if t[2] == keda.Prometheus {
			return t[1] + ".metadata.threshold"
		}
		return t[1]
	}
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
