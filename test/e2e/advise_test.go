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
	shell := func() ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
		cmd.Env = []string{"PATH=" + os.Getenv("HIGHWATER_E2E_BIN"), "KUBECONFIG=" + w.Kubeconfig(), "HOME=" + dir}
		return cmd.CombinedOutput()
	}
	if out, err := shell(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	target := w.Kubectl(t, "get", "hpa", "web", "-n", "default", "-o", "jsonpath={.spec.metrics[0].resource.target.averageUtilization}")
	if target == "50" || !strings.Contains(script, fmt.Sprintf("50 → %s\n", target)) {
		t.Errorf("the target is %s after\n%s", target, script)
	}
	if out, err := shell(); err == nil {
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

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
