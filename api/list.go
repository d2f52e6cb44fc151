package api

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/highwater-dev/highwater/scheduler"
)

// A listRequest filters, sorts and pages the workloads.
type listRequest struct {
	Q         string `query:"q" doc:"Text that namespace/name has to contain" maxLength:"253"`
	Namespace string `query:"namespace" doc:"Namespace that the workload has to be in" maxLength:"253"`
	Mode      string `query:"mode" doc:"Mode of the policy" enum:"Observe,Enforce"`
	Reason    string `query:"reason" doc:"Reason of the decision" maxLength:"64"`
	Raised    bool   `query:"raised" doc:"Only workloads whose floor is above the baseline"`
	Sort      string `query:"sort" doc:"What to sort by" enum:"name,floor,raise,peak,reason,proof" default:"name"`
	Order     string `query:"order" doc:"asc or desc" enum:"asc,desc" default:"asc"`
	Limit     int    `query:"limit" doc:"Workloads in the answer" default:"100" minimum:"1" maximum:"1000"`
	Offset    int    `query:"offset" doc:"Workloads to pass over" default:"0" minimum:"0"`
}

func (h *handlers) list(_ context.Context, in *listRequest) (*body[List], error) {
	results := slices.DeleteFunc(h.s.Results(), func(r *scheduler.Result) bool { return !in.matches(r) })
	order := orders[in.Sort]
	slices.SortFunc(results, func(a, b *scheduler.Result) int {
		c := order(a, b)
		if in.Order == "desc" {
			c = -c
		}
		return cmp.Or(c, byName(a, b))
	})
	out := List{Now: h.s.Now(), Total: len(results), Items: []Summary{}}
	for _, r := range results {
		if raised(r) {
			out.Raised++
		}
		if withoutForecast(r) {
			out.WithoutForecast++
		}
	}
	from := min(in.Offset, len(results))
	for _, r := range results[from:min(from+in.Limit, len(results))] {
		out.Items = append(out.Items, summaryOf(r))
	}
	return &body[List]{out}, nil
}

func (in *listRequest) matches(r *scheduler.Result) bool {
	w := r.Workload
	switch {
	case in.Q != "" && !strings.Contains(w.Key.String(), in.Q):
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

// withoutForecast reports whether no load of the workload is forecast.
func withoutForecast(r *scheduler.Result) bool {
	for _, s := range r.Signals {
		if s.NoForecast == nil {
			return false
		}
	}
	return true
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
	if m := briefOf(r.Proof, r.Workload.Price).ShortMinutesSaved; m != nil {
		return *m
	}
	return math.Inf(-1)
}

func byName(a, b *scheduler.Result) int {
	return cmp.Or(cmp.Compare(a.Workload.Namespace, b.Workload.Namespace), cmp.Compare(a.Workload.Name, b.Workload.Name))
}
