package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// wasteful is an HPA that keeps pods half empty.
const wasteful = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 60
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
`

// TestAdviceIsAppliedWithKubectl runs what `advise -o patch` prints, as it is, on a
// real API server, and has kustomize build with what `-o kustomize` prints.
func TestAdviceIsAppliedWithKubectl(t *testing.T) {
	t.Parallel()
	w := plane.Start(t, plane.Options{})
	w.Apply(t, wasteful)
	dir := t.TempDir()
	file := filepath.Join(dir, "web.csv")
	var rows strings.Builder
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for at := from; at.Before(from.AddDate(0, 0, 10)); at = at.Add(5 * time.Minute) {
		load := 300
		if h := at.Hour(); h >= 9 && h < 17 {
			load = 2000
		}
		fmt.Fprintf(&rows, "%d,%d\n", at.Unix(), load)
	}
	write(t, file, rows.String())
	advise := func(format string) string {
		t.Helper()
		out, problem, code := run(t, "advise", file, "--pod-capacity", "100", "--target", "50%", "--ceiling", "60", "--enforce", "-o", format)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, problem)
		}
		return out
	}

	script := advise("patch")
	if out, err := shell(t, w, script); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	target := w.Kubectl(t, "get", "hpa", "web", "-n", "default", "-o", "jsonpath={.spec.metrics[0].resource.target.averageUtilization}")
	if target == "50" || !strings.Contains(script, fmt.Sprintf("50 → %s\n", target)) {
		t.Errorf("the target is %s after\n%s", target, script)
	}
	if out, err := shell(t, w, script); err == nil {
		t.Errorf("it is applied twice: %s", out)
	}

	write(t, filepath.Join(dir, "hpa.yaml"), wasteful)
	write(t, filepath.Join(dir, "kustomization.yaml"), "resources: [hpa.yaml]\n"+advise("kustomize"))
	if built := w.Kubectl(t, "kustomize", dir); !strings.Contains(built, "averageUtilization: "+target+"\n") {
		t.Errorf("averageUtilization is not %s in\n%s", target, built)
	}
	if values := advise("helm"); !strings.Contains(values, "No values: a file does not say which resource the target is of") {
		t.Error(values)
	}
}

// TestAdviceOfAClusterIsApplied reads the HPA with the rights of Highwater's service
// account, and applies the command as somebody who may.
func TestAdviceOfAClusterIsApplied(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, plane.Options{}, 40*time.Minute, 5*time.Minute)
	w.PatchHPA(t, "shop", "web", `{"spec":{"minReplicas":12}}`)
	script, problem, code := run(t, "advise", "shop/web", "--kubeconfig", w.kubeconfig, "--prometheus-url", w.prom.URL(), "--history", "3d", "--step", "10s", "-o", "patch")
	if code != 0 || !strings.Contains(script, "# BaselineNeverNeeded: spec.minReplicas of HorizontalPodAutoscaler web, 12 → ") {
		t.Fatalf("exit %d: %s\n%s", code, problem, script)
	}
	if out, err := shell(t, w.Plane, script); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	if now := *w.HPA(t, "shop", "web").Spec.MinReplicas; now >= 12 || !strings.Contains(script, fmt.Sprintf(" 12 → %d\n", now)) {
		t.Errorf("minReplicas is %d after\n%s", now, script)
	}
}

// shell runs a script as the administrator of a cluster, with its kubectl.
func shell(t *testing.T, w *plane.Plane, script string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Env = []string{"PATH=" + os.Getenv(plane.BinariesVariable), "KUBECONFIG=" + w.Kubeconfig(), "HOME=" + t.TempDir()}
	return cmd.CombinedOutput()
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
