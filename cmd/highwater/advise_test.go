package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/advice/report"
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
	text, err := advise(t, file, "--pod-capacity", "100", "--target", "50%", "--ceiling", "60")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"web, replayed from 2026-03-07", "averageUtilization: 50 → ", "TargetTooLow", "Evidence: ", "pod-hours now: ", "in mode Enforce"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "   ") && len([]rune(line)) > 111 {
			t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
		}
	}
	text, err = advise(t, file, "--pod-capacity", "100", "--target", "50", "--ceiling", "60", "--enforce", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var a report.Document
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	if a.Workload != "web" || a.Verdict != "Proven" || len(a.Advice) == 0 || a.Floors == nil || *a.Floors != a.Now ||
		a.Advice[0].Field != "spec.metrics[0].pods.target.averageValue" {
		t.Errorf("%+v", a)
	}
}

func TestAdviseWritesAPatch(t *testing.T) {
	file := adviseFile(t, 10)
	for format, want := range map[string]string{
		"patch":     "kubectl patch horizontalpodautoscalers.v2.autoscaling web --type json --patch '[\n  {\"op\":\"test\",\"path\":\"/spec/metrics/0/type\",\"value\":\"Resource\"},\n",
		"kustomize": "      path: /spec/metrics/0/resource/target/averageUtilization\n      value: 50\n",
		"helm":      "# No values: a file does not say which resource",
	} {
		text, err := advise(t, file, "--pod-capacity", "100", "--target", "50%", "--ceiling", "60", "--enforce", "-o", format)
		if err != nil || !strings.Contains(text, want) || !strings.Contains(text, "# TargetTooLow: ") || !strings.Contains(text, "# Proof, ") {
			t.Errorf("%s, %v: not %q:\n%s", format, err, want, text)
		}
	}
	text, err := advise(t, file, "--pod-capacity", "100", "--target", "95%", "--ceiling", "60", "--enforce", "-o", "patch")
	if err != nil || !strings.HasPrefix(text, "# No patch: nothing to advise") || strings.Contains(text, "kubectl") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestAdviseSaysThatThereIsNothing(t *testing.T) {
	text, err := advise(t, adviseFile(t, 10), "--pod-capacity", "100", "--target", "95%", "--ceiling", "60", "--enforce")
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
		{[]string{file, "--pod-capacity", "100", "--baseline", "9", "--ceiling", "3"}, "--ceiling 3: make it at least --baseline, which is 9"},
		{[]string{file, "--pod-capacity", "100", "--baseline", "0"}, "--baseline 0"},
		{[]string{file, "--pod-capacity", "100", "--scale-down-window", "2h"}, "--scale-down-window 2h"},
		{[]string{file, "--pod-capacity", "100", "-o", "xml"}, `--output "xml"`},
		{[]string{file, "--pod-capacity", "100", "--risk-budget", "2"}, "riskBudget: 2"},
		{[]string{short, "--pod-capacity", "100"}, "TooShort"},
		{[]string{"nothing.csv", "--pod-capacity", "100"}, "nothing.csv"},
		{[]string{"web"}, "neither a file nor NAMESPACE/NAME"},
		{[]string{"a/b/c"}, "neither a file nor NAMESPACE/NAME"},
		{[]string{"shop/web", "--ceiling", "3"}, "--ceiling: shop/web is no file"},
		{[]string{"shop/web"}, "prometheus.url: not set"},
	} {
		if _, err := advise(t, tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v gave %v, want %q", tt.args[1:], err, tt.want)
		}
	}
}
