package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// dayLoad is a load that 3 pods of 100 carry at night and 20 in the day.
func dayLoad(at time.Time) float64 {
	if h := at.UTC().Hour(); h >= 9 && h < 17 {
		return 2000
	}
	return 300
}

// adviseFile writes some days of dayLoad, a row every five minutes.
func adviseFile(t *testing.T, days int) string {
	t.Helper()
	var b strings.Builder
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for range days * 288 {
		fmt.Fprintf(&b, "%d,%g\n", at.Unix(), dayLoad(at))
		at = at.Add(5 * time.Minute)
	}
	file := filepath.Join(t.TempDir(), "web.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// advise runs the command.
func advise(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := rootCommand()
	var out, errOut bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	cmd.SetArgs(append([]string{"advise"}, args...))
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestAdviseReadsAFile(t *testing.T) {
	file := adviseFile(t, 10)
	text, err := advise(t, file, "--pod-capacity", "100", "--target", "50%", "--max", "60")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"web, replayed from 2026-03-07", "averageUtilization: 50 → ", "TargetTooLow", "Evidence: ", "pod-hours now: ", "in mode Enforce"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "   ") && len([]rune(line)) > textWidth+1 {
			t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
		}
	}
	text, err = advise(t, file, "--pod-capacity", "100", "--target", "50", "--max", "60", "--enforce", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var a advised
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	if a.Workload != "web" || a.Verdict != "Proven" || len(a.Advice) == 0 || a.Floors == nil || *a.Floors != a.Now ||
		a.Advice[0].Field != "spec.metrics[0].pods.target.averageValue" {
		t.Errorf("%+v", a)
	}
}

func TestAdviseSaysThatThereIsNothing(t *testing.T) {
	text, err := advise(t, adviseFile(t, 10), "--pod-capacity", "100", "--target", "95%", "--max", "60", "--enforce")
	if err != nil || !strings.Contains(text, "Nothing to advise") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestAdviseRefusesByName(t *testing.T) {
	file := adviseFile(t, 6)
	short := adviseFile(t, 1)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{file}, "--pod-capacity 0: give the load"},
		{[]string{file, "--pod-capacity", "NaN"}, "--pod-capacity NaN"},
		{[]string{file, "--pod-capacity", "100", "--target", "many"}, `--target "many": write it as 70%`},
		{[]string{file, "--pod-capacity", "100", "--target", "-3%"}, `--target "-3%"`},
		{[]string{file, "--pod-capacity", "100", "--target", "70", "--request", "5"}, "--request 5"},
		{[]string{file, "--pod-capacity", "100", "--min", "9", "--max", "3"}, "--max 3: make it at least --min, which is 9"},
		{[]string{file, "--pod-capacity", "100", "--min", "0"}, "--min 0"},
		{[]string{file, "--pod-capacity", "100", "--scale-down-window", "2h"}, "--scale-down-window 2h"},
		{[]string{file, "--pod-capacity", "100", "-o", "xml"}, `--output "xml"`},
		{[]string{file, "--pod-capacity", "100", "--risk-budget", "2"}, "riskBudget: 2"},
		{[]string{short, "--pod-capacity", "100"}, "TooShort"},
		{[]string{"nothing.csv", "--pod-capacity", "100"}, "nothing.csv"},
		{[]string{"web"}, "neither a file nor NAMESPACE/NAME"},
		{[]string{"a/b/c"}, "neither a file nor NAMESPACE/NAME"},
		{[]string{"shop/web", "--max", "3"}, "--max: shop/web is no file"},
		{[]string{"shop/web"}, "prometheus.url: not set"},
	} {
		if _, err := advise(t, tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v gave %v, want %q", tt.args[1:], err, tt.want)
		}
	}
}

// A cannedPast answers each query with dayLoad, or with what is set.
type cannedPast struct {
	trouble  error
	replicas error
	late     time.Duration // the second load begins so much later
}

func (c *cannedPast) Read(_ context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	s := forecast.Series{Start: from, Step: step}
	if q.Expr == "two" {
		s.Start = from.Add(c.late)
	}
	for at := s.Start; at.Before(to); at = at.Add(step) {
		s.Values = append(s.Values, dayLoad(at))
	}
	return history.Result{Series: s, Warnings: []string{"told by " + q.Expr}}, c.trouble
}

func (c *cannedPast) Replicas(_ context.Context, _, _, _ string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error) {
	return spec, ready, []string{"no replica history"}, c.replicas
}

func TestAdviseReadsAWorkload(t *testing.T) {
	o := adviseFlags{config: defaultConfig(), set: func(string) bool { return false }}
	o.config.Scheduler.History, o.config.Scheduler.Step = model.Duration(10*24*time.Hour), model.Duration(5*time.Minute)
	metric := simulate.Metric{Kind: simulate.Utilization, Source: simulate.Resource, Target: 0.5, Request: 100}
	w := &workload.Workload{
		Key: workload.Key{Namespace: "shop", Name: "web"}, Policy: recommender.DefaultPolicy(), Baseline: 2, Ceiling: 50,
		Sources: []workload.Source{
			{Name: "cpu", Query: history.Query{Expr: "one", From: "spec.metrics[1] (ContainerResource cpu)"}, Metric: metric, Full: 100},
			{Name: "rps", Query: history.Query{Expr: "two"}, Metric: metric, Full: 100, Assumed: "a pod is taken to carry 100"},
			{Name: "odd", Query: history.Query{Expr: "three"}},
		},
	}
	now := time.Date(2026, 3, 20, 7, 3, 1, 0, time.UTC)
	x, err := o.examine(t.Context(), w, &cannedPast{late: time.Hour}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Case.Check(); err != nil {
		t.Fatal(err)
	}
	if len(x.Case.Loads) != 2 || x.Fields[0] != "spec.metrics[1].containerResource.target.averageUtilization" || x.Fields[1] != "" || x.Assumed[1] == "" {
		t.Errorf("%q %q", x.Fields, x.Assumed)
	}
	if b := x.Case.Loads[1]; !math.IsNaN(b.Values[0]) || b.Values[12] != 300 {
		t.Errorf("an hour later begins with %v", b.Values[:13])
	}
	if x.Case.Loop.Start.Fixed != 90*time.Second || x.Case.Loop.Spec.Max != 50 {
		t.Errorf("%+v", x.Case.Loop)
	}
	notes := strings.Join(x.notes, "; ")
	for _, want := range []string{"told by one", "odd was left out", "no replica history"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q does not say %q", notes, want)
		}
	}

	if _, err := o.examine(t.Context(), w, &cannedPast{trouble: errors.New("down")}, now); err == nil || !strings.Contains(err.Error(), "cpu: down") {
		t.Errorf("%v", err)
	}
	w.Sources = w.Sources[2:]
	if _, err := o.examine(t.Context(), w, &cannedPast{}, now); err == nil || !strings.Contains(err.Error(), "no metric") {
		t.Errorf("%v", err)
	}
	w.Problems = []workload.Problem{{Field: "spec.metrics", Message: "there are none", Fatal: true}}
	if _, err := o.examine(t.Context(), w, &cannedPast{}, now); err == nil || !strings.Contains(err.Error(), "spec.metrics: there are none") {
		t.Errorf("%v", err)
	}
}
