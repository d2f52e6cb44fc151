package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestPoliciesWithoutSumInOneGiB gives Highwater 50 policies whose query selects 150 series of three days, 54 MB of JSON in
// each answer, from a store that does not know the parameter limit, and the memory of the chart. It has to live, to say of each
// what is wrong, and to keep the floor of the workload beside them.
func TestPoliciesWithoutSumInOneGiB(t *testing.T) {
	if os.Getenv("HIGHWATER_CHAOS") != "1" {
		t.Skip("takes long; make chaos runs it")
	}
	const (
		policies = 50
		series   = 150
		memory   = 1 << 30
		stays    = time.Minute // after each was told
	)
	group := newMemoryGroup(t, memory)
	highwater, err := filepath.Abs(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HIGHWATER_BINARY", group.wrap(t, highwater))

	f := &fleet{Plane: plane.Start(t, plane.Options{})}
	f.kubeconfig = install(t, f.Plane)
	f.prom = plane.StartPrometheus(t, plane.PromOptions{History: floods(t, f, series)})
	f.CreateDeployment(t, "shop", "web", 1, "100m")
	f.Apply(t, plainHPA("web", 2, 20)+floorPolicy("web", "Enforce", ""))
	d := serve(t, f.kubeconfig, withoutLimit(t, f.prom), "--log-level", "info", "--prometheus-timeout", "30s", "--tick", "@every 5s",
		"--step-every", "1s", "--lead-time", "20s", "--hold", "10s", "--proof", "Skip", "--quantile", "0.95", "--quiet", "0s")
	d.ready(t)
	f.raised(t, "web", 8)

	var objects strings.Builder
	for i := range policies {
		name := fmt.Sprintf("split-%d", i)
		f.CreateDeployment(t, "shop", name, 1, "100m")
		objects.WriteString(plainHPA(name, 2, 20) + floorPolicy(name, "Enforce", "  load: {query: 'requests_per_pod', perPod: 100}"))
	}
	began := time.Now()
	f.Apply(t, objects.String())
	wait := func(within time.Duration, check func() error) {
		t.Helper()
		plane.Eventually(t, within, func() error {
			select {
			case <-d.done:
				t.Fatalf("highwater ended %s after the policies came (%s, at most %d MiB of memory)", time.Since(began).Round(time.Second), d.cmd.ProcessState, group.peak(t)>>20)
			default:
			}
			return check()
		})
	}
	wait(5*time.Minute, func() error { return f.allSplit(t, d, policies) })
	t.Logf("all were told after %s", time.Since(began).Round(time.Second))
	least := f.floorOf(t, "web")
	for end := time.Now().Add(stays); time.Now().Before(end); time.Sleep(time.Second) {
		wait(time.Second, func() error { return nil })
		least = min(least, f.floorOf(t, "web"))
	}
	wait(time.Minute, func() error { return f.allSplit(t, d, policies) })
	if !strings.Contains(d.log.String(), "memory limit from the container") {
		t.Errorf("the log does not tell the memory limit:\n%s", d.log.tail(20))
	}
	most := group.peak(t)
	met := "met"
	if least < 8 || most >= memory/2 {
		met = "MISSED"
		t.Fail()
	}
	t.Logf("bar %s: 50 queries without sum take less than half of the memory: at most %d MiB of %d MiB, resident %s; and the floor beside them stays at 8: %d",
		met, most>>20, memory>>20, resident(d.cmd.Process.Pid), least)
}

// floods makes series of requests_per_pod, and one load of 760 requests/s for web.
func floods(t *testing.T, f *fleet, series int) []plane.Series {
	t.Helper()
	f.exporter = plane.StartExporter(t)
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	one := func(name, app string, value func(time.Time) float64) plane.Series {
		labels := map[string]string{"app": app, "job": "e2e", "instance": f.exporter.Target()}
		return plane.Series{Name: name, Labels: labels, Points: plane.Sample(end.Add(-3*24*time.Hour), end, 10*time.Second, value)}
	}
	steady := func(time.Time) float64 { return 760 }
	all := []plane.Series{one("requests_per_second", "web", steady)}
	for i := range series {
		all = append(all, one("requests_per_pod", fmt.Sprint("pod-", i), func(at time.Time) float64 { return float64(at.Unix()%9973) / 7 }))
	}
	return all
}

// allSplit says whether the API and the status of each policy tell what is wrong with its query.
func (f *fleet) allSplit(t *testing.T, d *daemon, policies int) error {
	t.Helper()
	says := func(text string) bool {
		return strings.Contains(text, "gives more than one series where one is wanted (requests_per_pod{") && strings.Contains(text, "wrap it in sum(...)")
	}
	for i := range policies {
		name := fmt.Sprintf("split-%d", i)
		if r, err := d.workload("shop", name); err != nil || !says(r.Error) {
			return fmt.Errorf("the API says of %s: %q, %w", name, r.Error, errors.Join(err))
		}
	}
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Status   policyStatus
		}
	}
	if err := json.Unmarshal([]byte(f.Kubectl(t, "get", "floorpolicies", "-n", "shop", "-o", "json")), &list); err != nil {
		return err
	}
	for _, p := range list.Items {
		if s := p.Status; p.Metadata.Name != "web" && !says(s.because("Ready")+s.because("Forecasting")+s.Message) {
			return fmt.Errorf("the status of %s is %+v", p.Metadata.Name, s)
		}
	}
	return nil
}

// withoutLimit puts a proxy before a Prometheus that takes the parameter limit away, as stores which do not know it.
func withoutLimit(t *testing.T, p *plane.Prometheus) string {
	proxy := plane.StartProxy(t, p.URL())
	proxy.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		form, malformed := url.ParseQuery(string(body))
		if err != nil || malformed != nil {
			return false
		}
		form.Del("limit")
		text := form.Encode()
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		return true
	})
	return proxy.URL()
}

// A memoryGroup is a cgroup, of version 1 or 2, whose memory is limited.
type memoryGroup struct {
	dir, most string // the folder, and the file of the largest use so far
}

func newMemoryGroup(t *testing.T, limit int) memoryGroup {
	t.Helper()
	const root = "/sys/fs/cgroup"
	name := fmt.Sprintf("highwater-e2e-%d", os.Getpid())
	g, file := memoryGroup{dir: filepath.Join(root, name), most: "memory.peak"}, "memory.max"
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err != nil {
		g, file = memoryGroup{dir: filepath.Join(root, "memory", name), most: "memory.max_usage_in_bytes"}, "memory.limit_in_bytes"
	}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		t.Skip("no cgroup can be made here to limit the memory: ", err)
	}
	t.Cleanup(func() {
		for range 50 { // until the process is gone
			if os.Remove(g.dir) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	if err := os.WriteFile(filepath.Join(g.dir, file), []byte(strconv.Itoa(limit)), 0o644); err != nil {
		t.Skip("the memory of a cgroup cannot be limited here: ", err)
	}
	return g
}

// wrap makes a program that runs another one within the group from its first instruction.
func (g memoryGroup) wrap(t *testing.T, program string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "highwater")
	script := fmt.Sprintf("#!/bin/sh\necho $$ >%s/cgroup.procs && exec %s \"$@\"\n", g.dir, program)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func (g memoryGroup) peak(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(g.dir, g.most))
	if err != nil {
		return 0 // memory.peak came with Linux 5.19
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// resident is the largest resident set of a process so far.
func resident(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err.Error()
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
