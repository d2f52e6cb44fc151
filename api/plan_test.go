package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
	"github.com/highwater-dev/highwater/scheduler"
)

// planned is a fleet that can be planned for.
func planned() fleet {
	var f fleet
	for _, name := range []string{"api", "web"} {
		w := member(name, map[string]string{"api": "3", "web": "5"}[name], recommender.Observe)
		w.Sources[0].Metric, w.Sources[0].Full = simulate.Metric{Kind: simulate.AverageValue, Target: 70}, 100
		f = append(f, w)
	}
	return f
}

func post(t *testing.T, srv *httptest.Server, text string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/api/v1/plan", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func decode[T any](t *testing.T, r io.Reader) T {
	t.Helper()
	var v T
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// An event is one of a stream.
type event struct{ name, data string }

// events reads a stream to its end, or up to the first event that is named.
func events(t *testing.T, r io.Reader, until string) (list []event) {
	t.Helper()
	var e event
	in := bufio.NewScanner(r)
	in.Buffer(nil, 8<<20)
	for in.Scan() {
		line := in.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			e.name = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			e.data = strings.TrimPrefix(line, "data: ")
		case line == "" && e.name != "":
			list = append(list, e)
			if e.name == until {
				return list
			}
			e = event{}
		}
	}
	return list
}

func TestAPlanIsMadeInTheBackground(t *testing.T) {
	srv := start(t, planned(), true)
	resp := post(t, srv, `{"horizon": "12h", "whatIf": {"load": [{"selector": "shop/*", "factor": 2}], "price": 0.5}}`)
	if resp.StatusCode != http.StatusAccepted {
		text, _ := io.ReadAll(resp.Body)
		t.Fatalf("%d: %s", resp.StatusCode, text)
	}
	job := decode[PlanJob](t, resp.Body)
	if job.State != "running" && job.State != "done" || job.ID == "" || resp.Header.Get("Location") != "/"+job.Report {
		t.Fatalf("%+v at %s", job, resp.Header.Get("Location"))
	}
	stream, err := http.Get(srv.URL + "/" + job.Events)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if ct := stream.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("content type %s", ct)
	}
	all := events(t, stream.Body, "done")
	var last PlanJob
	if err := json.Unmarshal([]byte(all[len(all)-1].data), &last); err != nil || last.State != "done" || last.Done != 2 || last.Total != 2 || last.Report != job.Report {
		t.Fatalf("%v: %+v", err, all)
	}
	var report planning.Report
	if r := get(t, srv, "/"+last.Report, &report); r.StatusCode != 200 {
		t.Fatalf("the report: %d", r.StatusCode)
	}
	if len(report.Fleet) != 12 || len(report.Workloads) != 2 || !report.Priced || len(report.WhatIf) == 0 {
		t.Fatalf("a report of %d rows and %d workloads, what if %q", len(report.Fleet), len(report.Workloads), report.WhatIf)
	}
	for format, begins := range map[string]string{"csv": "workload,time,", "html": "<!doctype html>"} {
		resp, err := http.Get(srv.URL + "/" + last.Report + "?format=" + format)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.HasPrefix(strings.ToLower(string(text)), begins) || !strings.Contains(resp.Header.Get("Content-Disposition"), "."+format) {
			t.Errorf("%s: %.80q, %v", format, text, resp.Header)
		}
	}
	// Twice 297 and 495 requests/s, of which a pod carries 100.
	for i, need := range []float64{6, 10} {
		if w := report.Workloads[i]; w.Forecast != nil || w.Rows[5].Need != need {
			t.Errorf("%s needs %g pods, want %g; %+v", w.Key(), w.Rows[5].Need, need, w.Forecast)
		}
	}
}

func TestAPlanMayBeStreamedAtOnce(t *testing.T) {
	srv := start(t, planned(), true)
	resp := post(t, srv, `{"q": "web"}`, "Accept", "text/event-stream")
	all := events(t, resp.Body, "")
	last := all[len(all)-1]
	var report planning.Report
	if err := json.Unmarshal([]byte(last.data), &report); last.name != "report" || err != nil || len(report.Workloads) != 1 || report.Workloads[0].Name != "web" {
		t.Fatalf("%s, %v: %.300s", last.name, err, last.data)
	}
	if resp := post(t, srv, `{"namespace": "nowhere"}`, "Accept", "text/event-stream"); true {
		all := events(t, resp.Body, "")
		if last := all[len(all)-1]; last.name != "failed" || !strings.Contains(last.data, "no workload is in the namespace") {
			t.Errorf("a plan of nothing: %+v", all)
		}
	}
}

// The fleet is only observed: its plan has no floors, unless they are asked for.
func TestAPlanCountsTheFloorsThatAreSet(t *testing.T) {
	srv := start(t, planned(), true)
	for body, want := range map[string]string{`{}`: "mode Observe", `{"whatIf": {"allEnforced": true}}`: ""} {
		all := events(t, post(t, srv, body, "Accept", "text/event-stream").Body, "")
		var report planning.Report
		if err := json.Unmarshal([]byte(all[len(all)-1].data), &report); err != nil || len(report.Workloads) != 2 {
			t.Fatalf("%v: %+v", err, all)
		}
		told := strings.Contains(strings.Join(report.Notes, "\n"), "on 2 of 2 workloads no floor would be set as things are (mode Observe: 2)")
		if got := report.Workloads[0].Observed; got != want || told != (want != "") {
			t.Errorf("%s: observed %q, want %q; %q", body, got, want, report.Notes)
		}
	}
}

func TestWhatMakesNoSenseIsToldByField(t *testing.T) {
	srv := start(t, planned(), true)
	tests := []struct {
		name, body string
		status     int
		location   string
		says       string
	}{
		{"an unknown field", `{"horizen": "1d"}`, 422, "body", "unexpected property"},
		{"a factor of nothing", `{"whatIf": {"load": [{"factor": 0}]}}`, 422, "body.whatIf.load[0].factor", "more than 0"},
		{"a horizon of a year", `{"horizon": "1y"}`, 422, "body.horizon", "at most 28 days"},
		{"no length of time", `{"horizon": "long"}`, 422, "body.horizon", "as 90s, 24h or 7d"},
		{"a single zone", `{"whatIf": {"zone": {"zones": 1}}}`, 422, "body.whatIf.zone.zones", "2 to"},
		{"two prices", `{"whatIf": {"price": 1, "priceCPU": 2}}`, 422, "body.whatIf.price", "price of a pod, or those of its parts"},
		{"an event without an end", `{"whatIf": {"events": [{"name": "sale", "start": "2026-03-05T08:00"}]}}`, 422, "body.whatIf.events[0]", ""},
		{"no JSON", `{`, 400, "", ""},
		{"too large", `{"q": "` + strings.Repeat("x", maxPlanRequest) + `"}`, 413, "", "limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := post(t, srv, tt.body)
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.status || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
				t.Fatalf("%d, %s: %s", resp.StatusCode, resp.Header.Get("Content-Type"), text)
			}
			for _, want := range []string{tt.location, tt.says} {
				if !strings.Contains(string(text), want) {
					t.Errorf("it does not say %q: %s", want, text)
				}
			}
		})
	}
	if resp := post(t, srv, `{}`, "Content-Type", "text/plain"); resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form that a page elsewhere can post: %d", resp.StatusCode)
	}
	if resp := post(t, start(t, planned(), false), `{}`); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("before the first tick: %d", resp.StatusCode)
	}
}

// A slow scheduler gives a workload only when it is let.
type slow struct {
	*scheduler.Scheduler
	let chan struct{}
}

func (s slow) View(k workload.Key, past time.Duration) (scheduler.View, bool) {
	<-s.let
	return s.Scheduler.View(k, past)
}

func TestPlansAreFewAndMayBeCancelled(t *testing.T) {
	let := make(chan struct{})
	srv := startWith(t, planned(), func(s *scheduler.Scheduler) Scheduler { return slow{s, let} })
	a, b := decode[PlanJob](t, post(t, srv, `{}`).Body), decode[PlanJob](t, post(t, srv, `{}`).Body)
	if resp := post(t, srv, `{}`); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a third plan: %d", resp.StatusCode)
	}
	if r := get(t, srv, "/"+a.Report, nil); r.StatusCode != http.StatusAccepted {
		t.Errorf("a plan that is being made: %d", r.StatusCode)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodDelete, srv.URL+"/"+a.Report, nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusNoContent {
		t.Fatalf("cancel: %v, %v", err, resp)
	}
	resp.Body.Close()
	close(let)
	stream, err := http.Get(srv.URL + "/" + a.Events)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if all := events(t, stream.Body, "done"); !strings.Contains(all[len(all)-1].data, `"cancelled"`) {
		t.Errorf("the cancelled plan ended with %+v", all)
	}
	if r := get(t, srv, "/"+a.Report, nil); r.StatusCode != http.StatusGone {
		t.Errorf("a cancelled plan: %d", r.StatusCode)
	}
	stream, err = http.Get(srv.URL + "/" + b.Events)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if all := events(t, stream.Body, "done"); !strings.Contains(all[len(all)-1].data, `"done"`) {
		t.Errorf("the other plan ended with %+v", all)
	}
	if r := get(t, srv, "/api/v1/plan/0123", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("a plan that never was: %d", r.StatusCode)
	}
}

func TestAClientThatGoesCancelsItsPlan(t *testing.T) {
	let := make(chan struct{})
	srv := startWith(t, planned(), func(s *scheduler.Scheduler) Scheduler { return slow{s, let} })
	patience := time.Now().Add(10 * time.Second)
	for i := 0; i < 5; { // more than may run: each leaves room for the next
		ctx, leave := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/api/v1/plan", strings.NewReader(`{}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "text/event-stream")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == http.StatusOK {
			i++
			events(t, resp.Body, "progress")
		} else if time.Now().After(patience) {
			t.Fatalf("the clients before have not left: %d", resp.StatusCode)
		}
		leave()
		resp.Body.Close()
		select {
		case let <- struct{}{}: // the work sees only between workloads that it is cancelled
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestOldPlansAreForgotten(t *testing.T) {
	var p planJobs
	done := func(context.Context, func(int, int, string)) (*planning.Report, error) {
		return &planning.Report{}, nil
	}
	var first *planJob
	for i := range plansKept + 3 {
		j, err := p.start(done)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = j
		}
		for j.running() {
			time.Sleep(time.Millisecond)
		}
	}
	if len(p.jobs) != plansKept || p.find(first.id) != nil {
		t.Errorf("%d plans are kept", len(p.jobs))
	}
	p.sweep(time.Now().Add(planKeptFor + time.Second))
	if len(p.jobs) != 0 {
		t.Errorf("%d plans are kept for too long", len(p.jobs))
	}
	for want, work := range map[string]planWork{
		"it broke": func(context.Context, func(int, int, string)) (*planning.Report, error) {
			return nil, fmt.Errorf("it broke")
		},
		"internal error: a flaw": func(context.Context, func(int, int, string)) (*planning.Report, error) { panic("a flaw") },
	} {
		j, _ := p.start(work)
		for j.running() {
			time.Sleep(time.Millisecond)
		}
		if state, _, _ := j.now(); state.State != "failed" || state.Error != want {
			t.Errorf("a plan that failed: %+v", state)
		}
	}
}

func TestLargePlansCrowdOutOldOnes(t *testing.T) {
	var p planJobs
	big := &planning.Report{Fleet: make([]planning.Row, 48), Workloads: make([]planning.WorkloadPlan, 10_000)}
	for range 4 {
		j, err := p.start(func(context.Context, func(int, int, string)) (*planning.Report, error) { return big, nil })
		if err != nil {
			t.Fatal(err)
		}
		for j.running() {
			time.Sleep(time.Millisecond)
		}
		p.trim() // as it is done by itself a moment later
	}
	if len(p.jobs) != 2 {
		t.Errorf("%d plans of 480,000 rows are kept", len(p.jobs))
	}
}

// TestStreamsOutliveTheTimeouts holds a stream for longer than the server
// gives to a request and an answer.
func TestStreamsOutliveTheTimeouts(t *testing.T) {
	let := make(chan struct{})
	s := made(t, planned())
	s.Tick(t.Context())
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = Server("", Handler(slow{s, let}, Options{}))
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	srv.Start()
	t.Cleanup(srv.Close)
	time.AfterFunc(time.Second, func() { close(let) })
	resp, err := http.Get(srv.URL + "/" + decode[PlanJob](t, post(t, srv, `{}`).Body).Events)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if all := events(t, resp.Body, ""); len(all) == 0 || all[len(all)-1].name != "done" {
		t.Errorf("the stream ended with %.300v", all)
	}
}

// TestStreamsEndWithTheServer holds the shutdown of a process that streams.
func TestStreamsEndWithTheServer(t *testing.T) {
	let := make(chan struct{})
	defer close(let)
	s := made(t, planned())
	s.Tick(t.Context())
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = Server("", Handler(slow{s, let}, Options{}))
	srv.Start()
	resp := post(t, srv, `{}`, "Accept", "text/event-stream")
	events(t, resp.Body, "progress")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := srv.Config.Shutdown(ctx); err != nil {
		t.Errorf("with a stream open, the server does not shut down: %v", err)
	}
}
