package plane

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AddNodes adds n nodes of 1000 cores each and waits until they are Ready.
func (p *Plane) AddNodes(t testing.TB, n int) {
	t.Helper()
	p.AddNodesOf(t, n, nil)
}

// AddNodesOf adds n nodes of the given capacity and waits until they are Ready. Name cpu, memory and pods: what is not
// named, the node does not have.
func (p *Plane) AddNodesOf(t testing.TB, n int, capacity corev1.ResourceList) {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	if err := p.addNodes(ctx, n, capacity); err != nil {
		t.Fatal(err)
	}
}

func (p *Plane) firstNodes(ctx context.Context) error {
	n := p.opts.Nodes
	if n == 0 {
		n = 1
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return p.addNodes(ctx, n, nil)
}

func (p *Plane) addNodes(ctx context.Context, n int, capacity corev1.ResourceList) error {
	var names []string
	for range n {
		node, err := p.client.CoreV1().Nodes().Create(ctx, &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "node-", Labels: map[string]string{"type": "kwok"}},
			Status:     corev1.NodeStatus{Capacity: capacity, Allocatable: capacity},
		}, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("add a node: %w", err)
		}
		names = append(names, node.Name)
	}
	for _, name := range names {
		if err := p.waitNode(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// waitNode waits until pods can be scheduled on a node: it is Ready and the node controller has seen that.
func (p *Plane) waitNode(ctx context.Context, name string) error {
	for {
		node, err := p.client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("wait for node %s: %w", name, err)
		}
		if nodeReady(node) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("node %s is not ready: %w", name, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func nodeReady(node *corev1.Node) bool {
	if len(node.Spec.Taints) > 0 {
		return false
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
