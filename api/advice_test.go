package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/scheduler"
)

func TestAdviceIsMadeWhenAskedFor(t *testing.T) {
	srv := start(t, planned(), true)
	var first, second Advices
	get(t, srv, "/api/v1/workloads/shop/web/advice", &first)
	if first.None == "" && first.From == nil || first.Items == nil || first.Notes == nil {
		t.Fatalf("%+v", first)
	}
	get(t, srv, "/api/v1/workloads/shop/web/advice", &second)
	if !first.MadeAt.Equal(second.MadeAt) {
		t.Error("advice was made anew a moment later")
	}
	var problem struct{ Detail string }
	if r := get(t, srv, "/api/v1/workloads/shop/nobody/advice", &problem); r.StatusCode != 404 || !strings.Contains(problem.Detail, "shop/nobody") {
		t.Errorf("%d: %s", r.StatusCode, problem.Detail)
	}
	get(t, start(t, shop(), true), "/api/v1/workloads/shop/lost/advice", &first)
	if !strings.Contains(first.None, "is not known") {
		t.Errorf("advice on what is not known: %+v", first)
	}
}

// idle is a workload with a load of ten days at two pods, above a baseline of
// twenty.
func idle() scheduler.View {
	w := planned()[1]
	w.Baseline, w.Policy.LeadTime = 20, 2*time.Minute
	s := forecast.Series{Start: now.AddDate(0, 0, -10), Step: 5 * time.Minute, Values: make([]float64, 10*288)}
	for i := range s.Values {
		s.Values[i] = 130 + float64(i%7)
	}
	r := &scheduler.Result{Workload: w, Signals: []scheduler.SignalResult{{Source: w.Sources[0]}}, At: now}
	return scheduler.View{Result: r, Curves: []scheduler.Curve{{History: s}}}
}

func TestAdviceSaysWhatToChange(t *testing.T) {
	a, err := advise(t.Context(), idle(), scheduler.Pods{})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Items) == 0 || a.Items[0].Kind != "BaselineNeverNeeded" || a.Items[0].Field != "spec.minReplicas" || *a.Items[0].PodHours >= 0 || len(a.Items[0].Evidence) == 0 {
		t.Fatalf("%+v", a)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := advise(gone, idle(), scheduler.Pods{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that went: %v", err)
	}
}

func TestAdviceIsKeptOfFewWorkloads(t *testing.T) {
	c := newCounsel()
	key := func(i int) workload.Key { return workload.Key{Namespace: "shop", Name: fmt.Sprint(i)} }
	for i := range adviceKept + 10 {
		c.keep(key(i), &Advices{}, now.Add(time.Duration(i)*time.Second))
	}
	last := now.Add(time.Duration(adviceKept+9) * time.Second)
	if len(c.made) != adviceKept || c.kept(key(0), last) != nil || c.kept(key(adviceKept), last) == nil {
		t.Errorf("%d are kept", len(c.made))
	}
	if c.kept(key(adviceKept), last.Add(adviceKeptFor)) != nil {
		t.Error("advice is kept for too long")
	}
}
