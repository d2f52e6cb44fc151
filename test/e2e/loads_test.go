package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A counted workload has CPU counters of four pods that Prometheus has scraped for a
// day and goes on to scrape.
type counted struct {
	name     string
	exporter *plane.Exporter
	jobs     []string // that scrape the exporter
}

const (
	countedPods  = 4
	coresOfAll   = 2.3 // at 60 % of 500m: 7.7 pods
	corePods     = 8
	ofTheSidecar = 0.2 // of what the container uses, and of what it requests
	oldLasts     = 5 * time.Minute
)

// born is when every counter began.
var born = time.Now().Truncate(time.Second).Add(-25 * time.Hour)

// used is what a container has used of the CPU since it started.
func used(start time.Time, cores float64) func(time.Time) float64 {
	return func(now time.Time) float64 { return max(now.Sub(start).Seconds(), 0) * cores }
}

// frozen is a counter that has stopped.
func frozen(count func(time.Time) float64, end time.Time) func(time.Time) float64 {
	return func(now time.Time) float64 {
		if now.After(end) {
			now = end
		}
		return count(now)
	}
}

func (c counted) labels(pod int, more ...string) map[string]string {
	l := map[string]string{"namespace": "shop", "pod": fmt.Sprintf("%s-7f9c8d5b6-x2k%dz", c.name, 4+pod), "container": "app", "id": "/kubepods/" + c.name}
	for i := 0; i+1 < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return l
}

// series is the history of one counter, as each of the jobs has scraped it.
func (c counted) series(labels map[string]string, from, to time.Time, count func(time.Time) float64) (list []plane.Series) {
	for _, job := range c.jobs {
		l := map[string]string{"job": job, "instance": c.exporter.Target()}
		for k, v := range labels {
			l[k] = v
		}
		list = append(list, plane.Series{Name: "container_cpu_usage_seconds_total", Labels: l, Points: plane.Sample(from, to, 10*time.Second, count)})
	}
	return list
}

// steady gives each pod a counter of its share.
func (c counted) steady(end time.Time, cores float64, more ...string) (history []plane.Series) {
	for pod := range countedPods {
		count := used(born, cores/countedPods)
		c.exporter.Set("container_cpu_usage_seconds_total", c.labels(pod, more...), count)
		history = append(history, c.series(c.labels(pod, more...), end.Add(-24*time.Hour), end, count)...)
	}
	return history
}

// restarting is steady with a container of the first pod that has begun anew each
// hour, under another id. The last of the old ones lasts for a while beside it.
func (c counted) restarting(end time.Time) (history []plane.Series) {
	history = c.steady(end, coresOfAll)
	first := c.labels(0)
	c.exporter.Delete("container_cpu_usage_seconds_total", first)
	history = slices.DeleteFunc(history, func(s plane.Series) bool { return s.Labels["pod"] == first["pod"] })
	for hour := range 24 {
		start := end.Add(time.Duration(hour-24) * time.Hour)
		stop := start.Add(time.Hour)
		count, labels := used(start, coresOfAll/countedPods), c.labels(0, "id", fmt.Sprintf("/kubepods/%s/%d", c.name, hour))
		if hour == 23 {
			c.exporter.Set("container_cpu_usage_seconds_total", labels, count)
			history = append(history, c.series(labels, start, end, count)...)
			continue
		}
		history = append(history, c.series(labels, start, stop.Add(oldLasts), frozen(count, stop))...)
	}
	return history
}

// restart begins the container of the first pod anew, now.
func (c counted) restart(end time.Time) {
	now := time.Now()
	c.exporter.Set("container_cpu_usage_seconds_total", c.labels(0, "id", fmt.Sprintf("/kubepods/%s/23", c.name)), frozen(used(end.Add(-time.Hour), coresOfAll/countedPods), now))
	c.exporter.Set("container_cpu_usage_seconds_total", c.labels(0, "id", fmt.Sprintf("/kubepods/%s/24", c.name)), used(now, coresOfAll/countedPods))
}

// injector puts a container into the pods of a Deployment as they are made, as a
// service mesh does.
const injector = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: mesh}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  matchConditions: [{name: meshed, expression: "object.metadata.?labels[?'app'].orValue('') == 'injected'"}]
  mutations:
  - patchType: JSONPatch
    jsonPatch:
      expression: >-
        [JSONPatch{op: "add", path: "/spec/containers/-",
        value: {"name": dyn("istio-proxy"), "image": dyn("example.org/proxy"), "resources": dyn({"requests": {"cpu": "100m"}})}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: mesh}
spec: {policyName: mesh}
`

// TestLoadsAreCountedOnce: a container that was restarted, pods that two jobs scrape,
// and an injected sidecar leave floors as they would be without, all the time.
func TestLoadsAreCountedOnce(t *testing.T) {
	t.Parallel()
	binary(t)
	f := &fleet{Plane: plane.Start(t, plane.Options{PodReadyAfter: time.Second})}
	f.kubeconfig = install(t, f.Plane)
	once, twice := plane.StartExporter(t), plane.StartExporter(t)
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	workloads := []counted{{"plain", once, []string{"cadvisor"}}, {"restarted", once, []string{"cadvisor"}}, {"injected", once, []string{"cadvisor"}}, {"twice", twice, []string{"cadvisor", "kubelet"}}}
	var history []plane.Series
	for _, c := range workloads {
		switch c.name {
		case "restarted":
			history = append(history, c.restarting(end)...)
		case "injected":
			history = append(history, c.steady(end, ofTheSidecar*coresOfAll, "container", "istio-proxy")...)
			fallthrough
		default:
			history = append(history, c.steady(end, coresOfAll)...)
		}
	}
	f.prom = plane.StartPrometheus(t, plane.PromOptions{History: history, Config: fmt.Sprintf(`
scrape_configs:
- {job_name: cadvisor, static_configs: [{targets: [%q, %q]}]}
- {job_name: kubelet, static_configs: [{targets: [%[2]q]}]}
`, once.Target(), twice.Target())})

	f.CreateNamespace(t, "shop")
	f.Apply(t, injector)
	plane.Eventually(t, patience, func() error { // the policy is in force a moment later
		out, err := f.TryKubectl("", "run", "probe", "-n", "shop", "--image=example.org/app", "--labels=app=injected", "--dry-run=server", "-o", "jsonpath={.spec.containers[*].name}")
		if err != nil || !strings.Contains(out, "istio-proxy") {
			return fmt.Errorf("pods have the containers %q: %v", out, err)
		}
		return nil
	})
	for _, c := range workloads {
		f.CreateDeployment(t, "shop", c.name, countedPods, "500m")
		f.Apply(t, strings.NewReplacer("maxReplicas: 9", "maxReplicas: 40", "minReplicas: 1", "minReplicas: 2").Replace(cpuHPA("Deployment", c.name))+floorPolicy(c.name, "Enforce", ""))
	}
	f.serve(t)
	for _, c := range workloads {
		f.raised(t, c.name, corePods)
	}
	watch := func(what string, span time.Duration) {
		t.Helper()
		for until := time.Now().Add(span); time.Now().Before(until); time.Sleep(time.Second) {
			for _, c := range workloads {
				if floor := f.floorOf(t, c.name); floor != corePods {
					t.Fatalf("%s: the floor of %s is %d; %.1f cores need %d pods", what, c.name, floor, coresOfAll, corePods)
				}
			}
		}
	}
	watch("before a restart", 5*time.Second)
	workloads[1].restart(end)
	watch("after a restart", time.Minute)
}
