package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/planning/report"
	"github.com/highwater-dev/highwater/scheduler"
)

// maxPlanRequest bounds the size of a what-if.
const maxPlanRequest = 64 << 10

// A planRequest asks for a plan.
type planRequest struct {
	Accept      string `header:"Accept" doc:"text/event-stream to have the progress and the report as the answer"`
	ContentType string `header:"Content-Type" hidden:"true"`
	Body        PlanRequest
}

// A planAnswer is an answer that writes itself.
type planAnswer struct{ Body func(huma.Context) }

// startPlan begins a plan and says where it will be.
func (h *handlers) startPlan(ctx context.Context, in *planRequest) (*planAnswer, error) {
	// A page elsewhere can make a browser post anything but JSON.
	if ct, _, err := mime.ParseMediaType(in.ContentType); err != nil || ct != "application/json" {
		return nil, huma.Error415UnsupportedMediaType(fmt.Sprintf("content type %q: must be application/json", in.ContentType))
	}
	if !h.s.Ready() {
		return nil, huma.Error503ServiceUnavailable("no plan can be made yet: the first tick is not done")
	}
	options, err := h.planOptions(&in.Body)
	if err != nil {
		return nil, err
	}
	j, err := h.plans.start(h.planWork(&in.Body, options))
	if err != nil {
		return nil, huma.Error429TooManyRequests(fmt.Sprintf("%v (%d); wait until one is done, or cancel one with DELETE /api/v1/plan/{id}", err, plansAtOnce))
	}
	if strings.Contains(in.Accept, "text/event-stream") {
		return &planAnswer{func(c huma.Context) { h.streamPlan(ctx, c, j) }}, nil
	}
	return &planAnswer{func(c huma.Context) {
		state, _, _ := j.now()
		c.SetHeader("Location", "/"+state.Report)
		writeJSON(c, http.StatusAccepted, state)
	}}, nil
}

// streamPlan sends the progress of a job and its report. A client that goes
// takes the job with it.
func (h *handlers) streamPlan(ctx context.Context, c huma.Context, j *planJob) {
	s := openStream(c)
	defer h.plans.remove(j)
	if state, err := s.follow(ctx, j); err == nil {
		if _, plan, _ := j.now(); plan != nil {
			_ = s.send("report", plan) // the client is gone if this fails
		} else {
			_ = s.send("failed", state) // likewise
		}
	}
}

// planOptions turns a request into options, or says all that is wrong with it.
func (h *handlers) planOptions(in *PlanRequest) (planning.Options, error) {
	o := planning.Options{From: h.s.Now(), Quantiles: in.Quantiles}
	var bad []error
	length := func(field, text string, into *time.Duration) {
		if text == "" {
			return
		}
		d, err := model.ParseDuration(text)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s is %q: write a length of time, as 90s, 24h or 7d", field, text))
		}
		*into = time.Duration(d)
	}
	length("horizon", in.Horizon, &o.Horizon)
	length("step", in.Step, &o.Step)
	if in.Samples != nil {
		o.Samples = *in.Samples
		if o.Samples == 0 {
			o.Samples = -1
		}
	}
	if x := in.WhatIf; x != nil {
		w := planning.WhatIf{Events: x.Events, Target: x.Target, PodSize: x.PodSize, AllEnforced: x.AllEnforced, Price: x.Price, PriceCPU: x.PriceCPU, PriceMemory: x.PriceMemory}
		for _, l := range x.Load {
			w.Load = append(w.Load, planning.Scale{Selector: l.Selector, Factor: l.Factor})
		}
		if z := x.Zone; z != nil {
			w.Zone = &planning.ZoneLoss{Zones: z.Zones, Start: moment(z.Start), End: moment(z.End)}
		}
		if x.Start != "" {
			w.Start = new(time.Duration)
			length("whatIf.start", x.Start, w.Start)
		}
		o.WhatIf = w
	}
	if l := in.Limits; l != nil {
		if l.Nodes != nil {
			o.Limits.Nodes = planning.Quota(*l.Nodes)
		}
		o.Limits.Quotas = map[string]planning.Quota{}
		for ns, q := range l.Quotas {
			o.Limits.Quotas[ns] = planning.Quota(q)
		}
	}
	if len(bad) == 0 {
		bad = flat(o.Check())
	}
	if len(bad) == 0 {
		return o, nil
	}
	details := make([]error, len(bad))
	for i, err := range bad {
		details[i] = detailed(err)
	}
	return o, huma.Error422UnprocessableEntity("the plan that was asked for makes no sense", details...)
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// flat returns the errors that err joins.
func flat(err error) (list []error) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, flat(e)...)
		}
		return list
	}
	return []error{err}
}

// faulty is how planning says what is wrong: the field, its value, the remedy.
var faulty = regexp.MustCompile(`(?s)^([\w.\[\]*/-]+)(?: (?:is|are) (.*?))?: (.*)$`)

// detailed returns err with its field and value apart.
func detailed(err error) error {
	m := faulty.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	d := &huma.ErrorDetail{Location: "body." + m[1], Message: err.Error()}
	if m[2] != "" {
		d.Value = m[2]
	}
	return d
}

// planWork makes the plan, one workload after the other: of a large fleet, not
// all histories are held at once.
func (h *handlers) planWork(in *PlanRequest, o planning.Options) planWork {
	return func(ctx context.Context, tell func(done, total int, name string)) (*planning.Report, error) {
		p, err := planning.NewPlanner(o)
		if err != nil {
			return nil, err
		}
		var keys []workload.Key
		for _, r := range h.s.Snapshot().Results {
			if k := r.Workload.Key; (in.Namespace == "" || k.Namespace == in.Namespace) && strings.Contains(k.String(), in.Q) {
				keys = append(keys, k)
			}
		}
		if len(keys) == 0 {
			return nil, errors.New("no workload is in the namespace or matches q; GET /api/v1/workloads lists them")
		}
		if rows := len(keys) * int(cmp.Or(o.Horizon, planning.DefaultHorizon)/cmp.Or(o.Step, time.Hour)); rows > maxPlanRows {
			return nil, fmt.Errorf("%d workloads make %d rows, and a plan has %d at the most: plan fewer by namespace or q, not so far ahead, or with a longer step", len(keys), rows, maxPlanRows)
		}
		slices.SortFunc(keys, func(a, b workload.Key) int {
			return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
		})
		var plans []*planning.Planned
		for i, k := range keys {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			tell(i, len(keys), k.String())
			if v, ok := h.s.View(k, maxHistory); ok {
				plans = append(plans, planOne(p, v))
			}
		}
		tell(len(keys), len(keys), "")
		return p.Gather(plans), nil
	}
}

// planOne plans a workload.
func planOne(p *planning.Planner, v scheduler.View) *planning.Planned { return p.Plan(plannedOf(v)) }

// PlanID names a plan. It is exported because huma sets the fields of embedded
// structs only then.
type PlanID struct {
	ID string `path:"id" doc:"As POST /api/v1/plan gave it" maxLength:"64"`
}

func (h *handlers) findPlan(id string) (*planJob, error) {
	if j := h.plans.find(id); j != nil {
		return j, nil
	}
	return nil, huma.Error404NotFound(fmt.Sprintf("plan %s is not known: it was cancelled, or is older than %s; POST /api/v1/plan makes another", id, planKeptFor))
}

// A reportRequest asks for the report of a plan.
type reportRequest struct {
	PlanID
	Format string `query:"format" doc:"json, csv for a row of each workload and step, or html for a page of its own" enum:"json,csv,html" default:"json"`
}

func (h *handlers) showPlan(_ context.Context, in *reportRequest) (*planAnswer, error) {
	j, err := h.findPlan(in.ID)
	if err != nil {
		return nil, err
	}
	state, plan, _ := j.now()
	switch state.State {
	case "done":
		return &planAnswer{func(c huma.Context) { writeReport(c, in.Format, plan, state) }}, nil
	case "running":
		return &planAnswer{func(c huma.Context) { writeJSON(c, http.StatusAccepted, state) }}, nil
	case "cancelled":
		return nil, huma.Error410Gone(fmt.Sprintf("plan %s was cancelled", in.ID))
	}
	return nil, huma.Error422UnprocessableEntity(state.Error)
}

func (h *handlers) planEvents(ctx context.Context, in *PlanID) (*planAnswer, error) {
	j, err := h.findPlan(in.ID)
	if err != nil {
		return nil, err
	}
	return &planAnswer{func(c huma.Context) {
		s := openStream(c)
		if state, err := s.follow(ctx, j); err == nil {
			_ = s.send("done", state) // the client is gone if this fails
		}
	}}, nil
}

func (h *handlers) cancelPlan(_ context.Context, in *PlanID) (*struct{}, error) {
	j, err := h.findPlan(in.ID)
	if err != nil {
		return nil, err
	}
	h.plans.remove(j)
	return nil, nil
}

// writeReport writes a report in the format that is asked for.
func writeReport(c huma.Context, format string, plan *planning.Report, state PlanJob) {
	kinds := map[string]string{"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}
	kind, ok := kinds[format]
	if !ok {
		writeJSON(c, http.StatusOK, plan)
		return
	}
	c.SetHeader("Content-Type", kind)
	c.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "plan-"+plan.From.UTC().Format("2006-01-02")+"."+format))
	c.SetStatus(http.StatusOK)
	if format == "csv" {
		_ = report.CSV(c.BodyWriter(), plan) // the client is gone if this fails
		return
	}
	_ = report.HTML(c.BodyWriter(), plan, report.Options{Made: state.Started}) // likewise
}

// writeJSON writes an answer that huma does not.
func writeJSON(c huma.Context, status int, v any) {
	c.SetHeader("Content-Type", "application/json")
	c.SetStatus(status)
	_ = json.NewEncoder(c.BodyWriter()).Encode(v) // the client is gone if this fails
}
