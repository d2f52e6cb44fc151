package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// patience is how long a test waits for what comes within seconds, for a machine that has other work.
const patience = time.Minute

// TestRaisedFloorWaitsForPods is the ground of Highwater: a floor works without any metrics, and its pods take time.
func TestRaisedFloorWaitsForPods(t *testing.T) {
	t.Parallel()
	const delay = 4 * time.Second
	p := plane.Start(t, plane.Options{PodReadyAfter: delay, Nodes: 2})
	p.CreateDeployment(t, "shop", "web", 2, "100m")
	p.CreateHPA(t, plane.HPA{Namespace: "shop", Name: "web", Min: 2, Max: 40})
	expect := func(want plane.Replicas) func() error {
		return func() error { return p.Replicas(t, "shop", "web").Expect(want) }
	}
	plane.Eventually(t, patience, expect(plane.Replicas{Wanted: 2, Pods: 2, Ready: 2}))

	raised := time.Now()
	p.PatchHPA(t, "shop", "web", `{"spec": {"minReplicas": 9}}`)
	plane.Eventually(t, patience, func() error {
		pending := p.Kubectl(t, "get", "pods", "-n", "shop", "--field-selector=status.phase=Pending", "-o", "name")
		if n := strings.Count(pending, "\n"); n != 7 {
			return fmt.Errorf("%d pods are pending, not 7", n)
		}
		return p.Replicas(t, "shop", "web").Expect(plane.Replicas{Wanted: 9, Pods: 9, Ready: 2})
	})
	plane.Eventually(t, patience, expect(plane.Replicas{Wanted: 9, Pods: 9, Ready: 9}))
	if took := time.Since(raised); took < delay {
		t.Errorf("9 pods were ready %v after the floor was raised, before the delay of %v", took, delay)
	}

	t.Run("kube-apiserver restarts", func(t *testing.T) {
		p.RestartAPIServer(t)
		if got := *p.HPA(t, "shop", "web").Spec.MinReplicas; got != 9 {
			t.Errorf("minReplicas is %d after a restart, not 9", got)
		}
		p.PatchHPA(t, "shop", "web", `{"spec": {"minReplicas": 11}}`)
		plane.Eventually(t, patience, expect(plane.Replicas{Wanted: 11, Pods: 11, Ready: 11}))
	})

	t.Run("kube-apiserver is away", func(t *testing.T) {
		p.StopAPIServer(t)
		if _, err := p.TryKubectl("", "get", "hpa", "-A"); err == nil {
			t.Error("kubectl was answered by a stopped kube-apiserver")
		}
		p.StartAPIServer(t)
		if out := p.Kubectl(t, "get", "hpa", "-n", "shop", "-o", "name"); strings.TrimSpace(out) !=
			"horizontalpodautoscaler.autoscaling/web" {
			t.Errorf("kubectl found %q", out)
		}
	})
}

// TestNodesAreFinite lets a test run out of room, which makes a floor infeasible.
func TestNodesAreFinite(t *testing.T) {
	t.Parallel()
	p := plane.Start(t, plane.Options{Nodes: -1})
	p.AddNodesOf(t, 1, corev1.ResourceList{
		"cpu": resource.MustParse("1"), "memory": resource.MustParse("1Gi"), "pods": resource.MustParse("110"),
	})
	p.CreateDeployment(t, "shop", "web", 5, "300m")
	plane.Eventually(t, patience, func() error {
		return p.Replicas(t, "shop", "web").Expect(plane.Replicas{Wanted: 5, Pods: 5, Ready: 3})
	})
	p.AddNodes(t, 1)
	plane.Eventually(t, patience, func() error {
		return p.Replicas(t, "shop", "web").Expect(plane.Replicas{Wanted: 5, Pods: 5, Ready: 5})
	})
}

// TestNewEndsWithItsContext holds what TestMain relies on: no plane and no files when New fails.
func TestNewEndsWithItsContext(t *testing.T) {
	plane.Require(t)
	t.Setenv("TMPDIR", t.TempDir()) // which keeps this test from running beside others
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := plane.New(ctx, plane.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("New ended with %v", err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("New left %q, %v", left, err)
	}
}
