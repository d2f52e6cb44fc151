package discovery

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// A StatusWriter tells policies what was decided, in their status. It may be
// used by several goroutines at once.
type StatusWriter struct {
	cluster *Cluster
}

// StatusWriter returns one for the policies of the cluster.
func (c *Cluster) StatusWriter() *StatusWriter { return &StatusWriter{cluster: c} }

// Publish writes the status of the policy that in names, if it tells something
// new: at once if what a user acts on has changed, every five minutes at the
// most for what changes all the time. A policy that is gone is no error.
func (s *StatusWriter) Publish(ctx context.Context, in PolicyStatus) error {
	policy := s.cluster.floorPolicy(in.Namespace, in.PolicyName)
	if policy == nil {
		return nil
	}
	status := statusOf(policy.Status, policy.Generation, in, s.cluster.opts.Now())
	if !worthWriting(policy.Status, status) {
		return nil
	}
	patch, err := json.Marshal([]operation{{Op: "add", Path: "/status", Value: status}})
	if err != nil {
		return fmt.Errorf("status of FloorPolicy %s/%s: %w", in.Namespace, in.PolicyName, err)
	}
	_, err = s.cluster.dynamic.Resource(v1alpha1.Resource).Namespace(in.Namespace).Patch(ctx, in.PolicyName,
		types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: ownership.FieldManager}, "status")
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("write status of FloorPolicy %s/%s: %w", in.Namespace, in.PolicyName, err)
	}
	return nil
}

// operation is one of a JSON patch. To add a member that exists is to replace
// it, whole; nobody else writes the status, so no version is asked for and no
// conflict arises.
type operation struct {
	Op    string                     `json:"op"`
	Path  string                     `json:"path"`
	Value v1alpha1.FloorPolicyStatus `json:"value"`
}

// Stray returns what there is to tell the policies that are no workload's
// PolicyName: those that name no autoscaler, and those that come second.
func (c *Cluster) Stray() []PolicyStatus {
	if !c.HasSynced() {
		return nil
	}
	known := map[workload.Key]bool{}
	for _, in := range c.inputs() {
		known[workload.Key{Namespace: in.HPA.Namespace, Name: in.HPA.Name}] = true
	}
	policies := c.floorPolicies()
	targets := byTarget(policies)
	var stray []PolicyStatus
	for _, p := range policies {
		k := workload.Key{Namespace: p.Namespace, Name: p.Spec.TargetRef.Name}
		rivals := targets[k]
		status := PolicyStatus{Namespace: p.Namespace, PolicyName: p.Name}
		switch {
		case !known[k]:
			status.Problems = unmatched(p, c.opts.Describe)
		case rivals[0] != p:
			status.Problems = append(status.Problems, conflict(rivals, k))
		default:
			continue
		}
		stray = append(stray, status)
	}
	return stray
}

// unmatched is everything that is wrong with a policy that names no autoscaler.
func unmatched(p *v1alpha1.FloorPolicy, o DescribeOptions) []workload.Problem {
	_, problems := ResolvePolicy(p.Name, &p.Spec, o.Defaults)
	return append(problems, problem(NoAutoscaler, ofPolicy(p.Name, "spec.targetRef.name"),
		"there is no HorizontalPodAutoscaler %s/%s: create it, or name one of this namespace", p.Namespace, p.Spec.TargetRef.Name))
}

// floorPolicy returns a policy from memory; nil if there is none.
func (c *Cluster) floorPolicy(namespace, name string) *v1alpha1.FloorPolicy {
	for _, i := range c.policies {
		if i.gone() {
			continue
		}
		if obj, ok, err := i.GetStore().GetByKey(namespace + "/" + name); err == nil && ok {
			return obj.(*v1alpha1.FloorPolicy)
		}
	}
	return nil
}
