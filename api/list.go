package api

import (
	"cmp"
	"context"
	"math"
	"strings"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler"
)

// A listRequest filters, sorts and pages the workloads.
type listRequest struct {
	Q         string   `query:"q" doc:"Text that namespace/name has to contain" maxLength:"253"`
	Namespace string   `query:"namespace" doc:"Namespace that the workload has to be in" maxLength:"253"`
	Mode      string   `query:"mode" doc:"Mode of the policy" enum:"Observe,Enforce"`
	Reason    string   `query:"reason" doc:"Reason of the decision" maxLength:"64"`
	Raised    bool     `query:"raised" doc:"Only workloads whose floor is above the baseline"`
	Sort      string   `query:"sort" doc:"What to sort by" enum:"name,floor,raise,peak,reason,proof" default:"name"`
	Order     string   `query:"order" doc:"asc or desc" enum:"asc,desc" default:"asc"`
	Limit     int      `query:"limit" doc:"Workloads in the answer" default:"100" minimum:"1" maximum:"1000"`
	Offset    int      `query:"offset" doc:"Workloads to pass over" default:"0" minimum:"0"`
	Fields    []string `query:"fields" doc:"Top-level keys that each workload in the answer has, separated by commas; all if left out" maxItems:"64"`
	Conditional
}

func (h *handlers) list(_ context.Context, in *listRequest) (*tagged[any], error) {
	if err := checkFields(in.Fields); err != nil {
		return nil, err
	}
	known := h.s.Snapshot()
	tag := h.tag(known.Version)
	if in.has(tag) {
		return nil, notModified(tag)
	}
	from := min(in.Offset, len(known.Results))
	head, first := ListHead{Now: h.s.Now()}, front{n: from + in.Limit, order: in.order()}
	for _, r := range known.Results {
		if !in.matches(r) {
			continue
		}
		head.Total++
		if raised(r) {
			head.Raised++
		}
		if !r.Forecast() {
			head.WithoutForecast++
		}
		first.add(r)
	}
	page := first.sorted()
	page = page[min(from, len(page)):]
	if len(in.Fields) > 0 {
		out := partialList{head, make([]map[string]any, len(page))}
		for i, r := range page {
			s := summaryOf(r)
			out.Items[i] = s.only(in.Fields)
		}
		return taggedBy[any](tag, out), nil
	}
	out := List{head, make([]Summary, len(page))}
	for i, r := range page {
		out.Items[i] = summaryOf(r)
	}
	return taggedBy[any](tag, out), nil
}

// order is that of the answer: what is equal is in the order of names.
func (in *listRequest) order() func(a, b *scheduler.Result) int {
	order, sign := orders[in.Sort], 1
	if in.Order == "desc" {
		sign = -1
	}
	return func(a, b *scheduler.Result) int { return cmp.Or(sign*order(a, b), byName(a, b)) }
}

func (in *listRequest) matches(r *scheduler.Result) bool {
	w := &r.Workload
	switch {
	case in.Q != "" && !contains(w.Key, in.Q):
		return false
	case in.Namespace != "" && w.Namespace != in.Namespace:
		return false
	case in.Mode != "" && string(w.Policy.Mode) != in.Mode:
		return false
	case in.Reason != "" && string(r.Decision.Reason) != in.Reason:
		return false
	case in.Raised && !raised(r):
		return false
	}
	return true
}

func raised(r *scheduler.Result) bool { return r.Decision.Floor > r.Workload.Baseline }

// contains reports whether namespace/name contains q, and makes no string of the
// two: neither has a slash.
func contains(k workload.Key, q string) bool {
	namespace, name, both := strings.Cut(q, "/")
	if !both {
		return strings.Contains(k.Namespace, q) || strings.Contains(k.Name, q)
	}
	return strings.HasSuffix(k.Namespace, namespace) && strings.HasPrefix(k.Name, name)
}

var orders = map[string]func(a, b *scheduler.Result) int{
	"name":  byName,
	"floor": func(a, b *scheduler.Result) int { return cmp.Compare(a.Decision.Floor, b.Decision.Floor) },
	"raise": func(a, b *scheduler.Result) int {
		return cmp.Compare(a.Decision.Floor-a.Workload.Baseline, b.Decision.Floor-b.Workload.Baseline)
	},
	"peak":   func(a, b *scheduler.Result) int { return cmp.Compare(a.Decision.Peak.Pods, b.Decision.Peak.Pods) },
	"proof":  func(a, b *scheduler.Result) int { return cmp.Compare(saved(a), saved(b)) },
	"reason": func(a, b *scheduler.Result) int { return cmp.Compare(a.Decision.Reason, b.Decision.Reason) },
}

// saved returns the short minutes that floors save; less than any if not known.
func saved(r *scheduler.Result) float64 {
	p := r.Proof.Proof
	if p == nil {
		return math.Inf(-1)
	}
	alone, _ := p.Result(proof.PolicyHPA)
	own, _ := p.Result(proof.PolicyHighwater)
	told := explain.Proof{Results: []explain.Played{playedOf(&alone), playedOf(&own)}}
	if minutes, ok := told.Saved(); ok && !math.IsNaN(minutes) && !math.IsInf(minutes, 0) {
		return minutes
	}
	return math.Inf(-1)
}

func byName(a, b *scheduler.Result) int {
	return cmp.Or(cmp.Compare(a.Workload.Namespace, b.Workload.Namespace), cmp.Compare(a.Workload.Name, b.Workload.Name))
}
