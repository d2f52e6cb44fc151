package scheduler

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// logBuffer returns a logger and what it has logged since the last call, without
// the times.
func logBuffer() (*slog.Logger, func() string) {
	var b strings.Builder
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return log, func() string {
		defer b.Reset()
		return b.String()
	}
}

func many(n int, with func(*Result)) []*Result {
	list := make([]*Result, n)
	for i := range list {
		list[i] = &Result{Workload: workload.Workload{Key: workload.Key{Namespace: "shop", Name: fmt.Sprint("w", i)}}}
		with(list[i])
	}
	return list
}

// An outage of 20 ticks with 1000 workloads is two lines, and not 20,000.
func TestTheLogTellsTroubleOnce(t *testing.T) {
	log, said := logBuffer()
	var transitions transitionLog
	bad := func(r *Result) { r.Err = "prometheus is away" }
	good := func(*Result) {}
	transitions.logWorkloads(log, many(1000, good))
	if got := said(); got != "" {
		t.Errorf("nothing is wrong: %s", got)
	}
	for range 20 {
		transitions.logWorkloads(log, many(1000, bad))
	}
	if got, want := said(), `level=WARN msg="workloads fail; logged once until they recover" new=1000 failing=1000 of=1000 example=shop/w0 error="prometheus is away"`+"\n"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	one := many(1000, good)
	bad(one[7])
	for range 3 {
		transitions.logWorkloads(log, one)
	}
	if got, want := said(), `level=INFO msg="workloads recovered" recovered=999 failing=1 of=1000 example=shop/w0`+"\n"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	// One that is wrong for good does not hide what comes later.
	transitions.logWorkloads(log, many(1000, bad))
	if got := said(); !strings.Contains(got, "new=999 failing=1000") {
		t.Error(got)
	}
	transitions.logWorkloads(log, append(many(1000, bad), nil))
	if got := said(); got != "" {
		t.Errorf("a workload that the deadline cut: %s", got)
	}
}

// Each mistake in a query has a line, but not in a fleet of ten thousand.
func TestTheLogTellsErrorsApart(t *testing.T) {
	log, said := logBuffer()
	var transitions transitionLog
	own := func(r *Result) { r.Err = "query of " + r.Workload.Name }
	transitions.logWorkloads(log, many(3, own))
	if got := said(); strings.Count(got, "\n") != 3 || !strings.Contains(got, `new=1 failing=3 of=3 example=shop/w2 error="query of w2"`) {
		t.Error(got)
	}
	transitions.logWorkloads(log, many(1000, own))
	if got := said(); strings.Count(got, "\n") != errorLines+1 || !strings.Contains(got, `msg="more workloads fail, each in its own way; the API tells" failing=1000 of=1000`) {
		t.Error(got)
	}
}

func TestTheLogTellsProblemsWhereSomebodyAsked(t *testing.T) {
	log, said := logBuffer()
	var transitions transitionLog
	sick := func(policy string) func(*Result) {
		return func(r *Result) {
			r.Workload.PolicyName = policy
			r.Workload.Problems = []workload.Problem{{Field: "spec.metrics", Message: "there are none: add one", Fatal: true}, {Field: "a", Message: "b"}}
		}
	}
	for range 3 {
		transitions.logWorkloads(log, many(5, sick("")))
	}
	if got, want := said(), `level=INFO msg="workloads without a policy cannot be forecast" new=5 example=shop/w0 problems="spec.metrics: there are none: add one"`+"\n"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	only := func(r *Result) { sick("p")(r); r.Workload.Problems = r.Workload.Problems[:1] }
	transitions.logWorkloads(log, many(1, only)) // the same words, but now somebody wants to know
	if got := said(); !strings.Contains(got, "level=WARN msg=problem workload=shop/w0 policy=p") {
		t.Errorf("a policy that came later: %q", got)
	}
	for range 3 {
		transitions.logWorkloads(log, many(1, sick("p")))
	}
	if got, want := said(), `level=WARN msg=problem workload=shop/w0 policy=p problems="spec.metrics: there are none: add one; a: b"`+"\n"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	transitions.logWorkloads(log, many(100, sick("p")))
	if got := said(); strings.Count(got, "\n") != problemLines+1 || !strings.Contains(got, "more=79") {
		t.Error(got)
	}
}

func TestTheLogTellsOfAStepOnce(t *testing.T) {
	log, said := logBuffer()
	var transitions transitionLog
	transitions.logStep(log, "publish", nil)
	for range 3 {
		transitions.logStep(log, "publish", errors.Join(errors.New("a"), errors.New("b"), errors.New("c")))
	}
	transitions.logStep(log, "publish", nil)
	transitions.logStep(log, "publish", nil)
	want := `level=ERROR msg="publish fails; logged once until it works again" error="a (and 2 more errors)"` + "\n" +
		`level=INFO msg="publish works again"` + "\n"
	if got := said(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
