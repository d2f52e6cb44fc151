package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A fleet is a real control plane with several workloads, whose loads have been
// the same for a day: floors above the baseline are recommended at once.
type fleet struct {
	*plane.Plane
	prom       *plane.Prometheus
	exporter   *plane.Exporter
	kubeconfig string // of Highwater's service account
}

// newFleet makes a fleet in the namespace shop: for each name a Deployment and
// a series requests_per_second{app=name} of that load, which Prometheus has
// scraped for a day and goes on to scrape. The autoscalers are the test's.
func newFleet(t *testing.T, o plane.Options, loads map[string]float64) *fleet {
	t.Helper()
	binary(t)
	f := &fleet{Plane: plane.Start(t, o)}
	f.kubeconfig = install(t, f.Plane)
	exporter := plane.StartExporter(t)
	f.exporter = exporter
	var history []plane.Series
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	for app, load := range loads {
		steady := func(time.Time) float64 { return load }
		exporter.Set("requests_per_second", map[string]string{"app": app}, steady)
		history = append(history, plane.Series{
			Name:   "requests_per_second",
			Labels: map[string]string{"app": app, "job": "e2e", "instance": exporter.Target()},
			Points: plane.Sample(end.Add(-24*time.Hour), end, 10*time.Second, steady),
		})
		f.CreateDeployment(t, "shop", app, 1, "100m")
	}
	f.prom = plane.StartPrometheus(t, plane.PromOptions{Targets: []string{exporter.Target()}, History: history})
	return f
}

// serve starts Highwater with the service account of the chart.
func (f *fleet) serve(t *testing.T, args ...string) *daemon {
	t.Helper()
	d := serve(t, f.kubeconfig, f.prom.URL(), append([]string{"--history", "1d", "--step-every", "1s", "--step-down", "0.2", "--lead-time", "20s", "--hold", "10s",
		"--proof", "Skip", "--quantile", "0.95", "--quiet", "0s", // one level day proves nothing
	}, args...)...)
	d.ready(t)
	return d
}

// plainHPA is an autoscaler of the Deployment of its name that aims at 100
// requests/s for each pod.
func plainHPA(name string, least, most int) string {
	return fmt.Sprintf(`---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[1]s, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: %[2]d
  maxReplicas: %[3]d
  metrics: [%[4]s]
`, name, least, most, requestsOf(name))
}

func requestsOf(app string) string {
	return fmt.Sprintf(`{type: External, external: {metric: {name: requests_per_second, selector: {matchLabels: {app: %s}}}, target: {type: AverageValue, averageValue: "100"}}}`, app)
}

// floorPolicy is a FloorPolicy of the autoscaler of its name. extra is YAML in
// the spec.
func floorPolicy(name, mode, extra string) string {
	return fmt.Sprintf(`---
apiVersion: highwater.dev/v1alpha1
kind: FloorPolicy
metadata: {name: %[1]s, namespace: shop}
spec:
  targetRef: {name: %[1]s}
  mode: %[2]s
%[3]s
`, name, mode, extra)
}

// raised waits until Highwater has set a floor of at least so many pods.
func (f *fleet) raised(t *testing.T, name string, floor int) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		h := f.HPA(t, "shop", name)
		if int(*h.Spec.MinReplicas) < floor || h.Annotations[leaseAnnotation] == "" {
			return fmt.Errorf("hpa %s has minReplicas %d and the lease %q; want a floor of %d", name, *h.Spec.MinReplicas, h.Annotations[leaseAnnotation], floor)
		}
		return nil
	})
}

const leaseAnnotation = "highwater.dev/lease"

// givenBack watches the floor go down to the baseline, in steps.
func (f *fleet) givenBack(t *testing.T, name string, baseline int) {
	t.Helper()
	went := []int{f.floorOf(t, name)}
	plane.Eventually(t, patience, func() error {
		if floor := f.floorOf(t, name); floor != went[len(went)-1] {
			went = append(went, floor)
		}
		if last := went[len(went)-1]; last != baseline {
			return fmt.Errorf("minReplicas of %s is %d, not the baseline %d yet", name, last, baseline)
		}
		return nil
	})
	for i := 1; i < len(went); i++ {
		if went[i] >= went[i-1] {
			t.Errorf("minReplicas of %s went %v: it rose on the way back", name, went)
		}
	}
	if len(went) < 4 {
		t.Errorf("minReplicas of %s went %v; want steps, not a drop", name, went)
	}
	if lease, ok := f.HPA(t, "shop", name).Annotations[leaseAnnotation]; ok {
		t.Errorf("%s still has the lease %s", name, lease)
	}
	t.Logf("minReplicas of %s went %v", name, went)
}

func (f *fleet) floorOf(t *testing.T, name string) int {
	t.Helper()
	return int(*f.HPA(t, "shop", name).Spec.MinReplicas)
}

// A portrait is what a user wrote of an autoscaler, to be compared byte for byte.
type portrait struct {
	Spec                json.RawMessage
	Annotations, Labels map[string]string
}

// portraits reads the autoscalers of shop, by name.
func (f *fleet) portraits(t *testing.T) map[string]string {
	t.Helper()
	var list struct {
		Items []struct {
			Metadata struct {
				Name                string
				Annotations, Labels map[string]string
			}
			Spec json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(f.Kubectl(t, "get", "hpa", "-n", "shop", "-o", "json")), &list); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, h := range list.Items {
		text, err := json.MarshalIndent(portrait{h.Spec, besidesRecord(h.Metadata.Annotations), h.Metadata.Labels}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		all[h.Metadata.Name] = string(text)
	}
	return all
}

// besidesRecord is what annotations hold beside the record, which stays for a fortnight after the last floor; nil for
// nothing.
func besidesRecord(annotations map[string]string) map[string]string {
	rest := maps.Clone(annotations)
	delete(rest, fortnightAnnotation)
	if len(rest) == 0 {
		return nil
	}
	return rest
}

// run runs a command of highwater to its end.
func run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return runWith(t, "", args...)
}

// runWith is run with one more environment variable, if it is not empty.
func runWith(t *testing.T, env string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t), args...)
	cmd.Env = append(os.Environ(), strings.Fields(env)...)
	var out, problem strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), problem.String(), cmd.ProcessState.ExitCode()
}
