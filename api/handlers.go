package api

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/scheduler"
)

// A Scheduler knows the workloads; *scheduler.Scheduler is one.
type Scheduler interface {
	Now() time.Time
	Ready() bool
	Alive() bool
	Leading() bool
	LastTick() *scheduler.TickSummary
	Snapshot() scheduler.Snapshot
	Counts() scheduler.Counts
	Result(workload.Key) (*scheduler.Result, bool)
	View(k workload.Key, past time.Duration) (scheduler.View, bool)
	Pods(ctx context.Context, k workload.Key, past time.Duration) (scheduler.Pods, bool)
	NodeRoom(k workload.Key) workload.Room
}

type handlers struct {
	s       Scheduler
	o       Options
	started time.Time
	process string // another one for each process: its revisions begin anew
	plans   planJobs
	counsel *counsel
}

// A body is an answer in JSON.
type body[T any] struct{ Body T }

// Named is the part of a request that says which workload it is for. It is
// exported because huma sets the fields of embedded structs only then.
type Named struct {
	Namespace string `path:"namespace" doc:"Namespace of the autoscaler" maxLength:"253"`
	Name      string `path:"name" doc:"Name of the autoscaler" maxLength:"253"`
}

func (n Named) key() workload.Key { return workload.Key{Namespace: n.Namespace, Name: n.Name} }

// missing says that there is no such workload, and why that may be.
func (h *handlers) missing(n Named) error {
	if !h.s.Ready() {
		return huma.Error404NotFound(fmt.Sprintf("workload %s is not known yet: the first tick is not done", n.key()))
	}
	return huma.Error404NotFound(fmt.Sprintf("no autoscaler %s is known; /api/v1/workloads lists those that are", n.key()))
}

func (h *handlers) status(context.Context, *struct{}) (*body[Status], error) {
	st := Status{
		Version: h.o.Version, Mode: "live", DryRun: h.o.DryRun, Leading: h.s.Leading(),
		Now: h.s.Now(), StartedAt: h.started, ClockSpeed: h.o.ClockSpeed, Warnings: []string{},
	}
	if h.o.Demo {
		st.Mode = "demo"
	}
	if st.ClockSpeed == 0 {
		st.ClockSpeed = 1
	}
	if t := h.s.LastTick(); t != nil && t.Cut > 0 {
		st.Warnings = append(st.Warnings, fmt.Sprintf("the last tick left out %d of %d workloads; raise --tick-deadline or --workers, or see why the API server is slow", t.Cut, t.Workloads))
	}
	if t := h.s.LastTick(); t != nil && t.Unread > 0 {
		st.Warnings = append(st.Warnings, fmt.Sprintf("in the last tick %d of %d workloads were decided before their loads had been read, with what was known; see why Prometheus is slow", t.Unread, t.Workloads))
	}
	if h.o.Warnings != nil {
		st.Warnings = append(st.Warnings, h.o.Warnings()...)
	}
	if t := h.s.LastTick(); t != nil {
		st.LastTick = &Tick{At: t.At, DurationSeconds: t.Duration.Seconds(), Workloads: t.Workloads, Failed: t.Failed, Cut: t.Cut}
	}
	return &body[Status]{st}, nil
}

// A workloadRequest asks for a workload, or for what the client has not got of it.
type workloadRequest struct {
	Named
	Conditional
}

func (h *handlers) show(_ context.Context, in *workloadRequest) (*tagged[Detail], error) {
	r, ok := h.s.Result(in.key())
	if !ok {
		return nil, h.missing(in.Named)
	}
	room := h.s.NodeRoom(in.key())
	tag := h.tag(r.Revision, room.Object, room.Pods, room.Expires.UnixNano())
	if in.has(tag) {
		return nil, notModified(tag)
	}
	d := detailOf(r)
	d.NodeHeadroom = nodeHeadroomOf(r, room)
	return taggedBy(tag, d), nil
}

// hasNewest reports whether the client has the answer that the newest decision of a
// workload gives, and what else of the given revisions it is made from.
func (h *handlers) hasNewest(in *Conditional, k workload.Key, others ...any) (tag string, ok bool) {
	r, known := h.s.Result(k)
	if !known {
		return "", false
	}
	tag = h.tag(append([]any{r.Revision}, others...)...)
	return tag, in.has(tag)
}

// A forecastRequest asks for one load of a workload.
type forecastRequest struct {
	Named
	Conditional
	Part
	Signal  int    `query:"signal" doc:"Index of the load, as in the workload's signals" default:"0" minimum:"0"`
	History string `query:"history" doc:"How much history, as a duration; from says it instead where it is given" default:"24h"`
}

// maxHistory bounds what a request may ask for.
const maxHistory = 28 * 24 * time.Hour

// past returns how much history is asked for.
func (in *forecastRequest) past(now time.Time) (time.Duration, error) {
	if in.From.IsZero() {
		past, err := time.ParseDuration(in.History)
		if err != nil || past <= 0 || past > maxHistory {
			return 0, huma.Error422UnprocessableEntity(fmt.Sprintf("history %q: must be a duration up to %s, as in 24h", in.History, maxHistory))
		}
		return past, nil
	}
	if past := now.Sub(in.From); past <= maxHistory {
		return max(past, 0), nil
	}
	text := in.From.Format(time.RFC3339)
	return 0, badParameter("from", text, fmt.Sprintf("%s is more than %s ago", text, maxHistory))
}

func (h *handlers) forecast(_ context.Context, in *forecastRequest) (*tagged[Forecast], error) {
	part, err := in.span()
	if err != nil {
		return nil, err
	}
	past, err := in.past(h.s.Now())
	if err != nil {
		return nil, err
	}
	if tag, ok := h.hasNewest(&in.Conditional, in.key()); ok {
		return nil, notModified(tag)
	}
	v, ok := h.s.View(in.key(), past)
	if !ok {
		return nil, h.missing(in.Named)
	}
	if in.Signal >= len(v.Curves) {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("signal %d: workload %s has %d loads, counted from 0", in.Signal, in.key(), len(v.Curves)))
	}
	return taggedBy(h.tag(v.Revision), forecastOf(v, in.Signal, part)), nil
}

// A capacityRequest asks for one load of a workload.
type capacityRequest struct {
	Named
	Signal int `query:"signal" doc:"Index of the load, as in the workload's signals" default:"0" minimum:"0"`
}

func (h *handlers) capacity(_ context.Context, in *capacityRequest) (*body[Scatters], error) {
	r, ok := h.s.Result(in.key())
	if !ok {
		return nil, h.missing(in.Named)
	}
	if in.Signal >= len(r.Signals) {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("signal %d: workload %s has %d loads, counted from 0", in.Signal, in.key(), len(r.Signals)))
	}
	return &body[Scatters]{scattersOf(r.Signals[in.Signal])}, nil
}

// podsShown is how much of the replicas' past goes with a plan.
const podsShown = 24 * time.Hour

// A workloadPlanRequest asks for the floors of a workload.
type workloadPlanRequest struct {
	Named
	Conditional
	Part
}

func (h *handlers) plan(ctx context.Context, in *workloadPlanRequest) (*tagged[Plan], error) {
	part, err := in.span()
	if err != nil {
		return nil, err
	}
	pods, _ := h.s.Pods(ctx, in.key(), podsShown) // View says whether the workload is known
	read := pods.At.UnixNano()
	if tag, ok := h.hasNewest(&in.Conditional, in.key(), read); ok {
		return nil, notModified(tag)
	}
	v, ok := h.s.View(in.key(), time.Hour)
	if !ok {
		return nil, h.missing(in.Named)
	}
	return taggedBy(h.tag(v.Revision, read), planOf(v, pods, part)), nil
}
