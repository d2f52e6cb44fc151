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
	known := map[target]Input{}
	for _, in := range c.inputs() {
		for _, t := range in.targets() {
			known[t] = in
		}
	}
	var stray []PolicyStatus
	for _, p := range c.floorPolicies() {
		in, ok := known[targetOfPolicy(p)]
		status := PolicyStatus{Namespace: p.Namespace, PolicyName: p.Name}
		switch {
		case !ok:
			status.Problems = c.unmatched(p)
		case in.Policies[0] != p:
			status.Problems = append(status.Problems, conflict(in))
		default:
			continue
		}
		stray = append(stray, status)
	}
	return stray
}

// unmatched is everything that is wrong with a policy that names no autoscaler.
func (c *Cluster) unmatched(p *v1alpha1.FloorPolicy) []workload.Problem {
	_, problems := ResolvePolicy(p.Name, &p.Spec, c.opts.Describe.Defaults)
	t := targetOfPolicy(p)
	remedy := "create it, or name one of this namespace"
	so, why := c.scaledObject(t.Key)
	switch named := c.hpa(t.Key) != nil; {
	case t.kind == workload.HorizontalPodAutoscaler && so != nil:
		remedy = "there is a ScaledObject of that name, so set spec.targetRef.kind to ScaledObject"
	case t.kind == workload.ScaledObject && so != nil && named:
		remedy = "there is one, but a HorizontalPodAutoscaler, too, that is not KEDA's and has its name: rename one of them"
	case t.kind == workload.ScaledObject && named:
		remedy = "there is a HorizontalPodAutoscaler of that name: leave out spec.targetRef.kind for it"
	case t.kind == workload.ScaledObject && why != absent:
		remedy = why
	}
	return append(problems, problem(NoAutoscaler, ofPolicy(p.Name, "spec.targetRef.name"), "there is no %s %s: %s", t.kind, t.Key, remedy))
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
