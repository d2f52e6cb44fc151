package ownership

import (
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// ArgoCD is what GitOps calls it.
const ArgoCD = "Argo CD"

// GitOps names the tool behind a field manager that brings objects back to what a
// repository says; empty if it is none that is known.
func GitOps(manager string) string {
	switch {
	case strings.HasPrefix(manager, "argocd"):
		return ArgoCD
	case manager == "kustomize-controller", manager == "helm-controller", manager == "flux":
		return "Flux"
	case strings.HasPrefix(manager, "fleet"):
		return "Fleet"
	case strings.HasPrefix(manager, "configsync"), manager == "applier":
		return "Config Sync"
	}
	return ""
}

// copied reports whether minReplicas is a floor that a tool copied from the object
// into what it applies; kept says that it is the floor of the lease. Argo CD does so
// with RespectIgnoreDifferences, and a minReplicas of a repository that is just a
// floor is seldom.
func (o *owner) copied(kept bool) bool {
	if GitOps(o.writer.Manager) != ArgoCD {
		return false
	}
	_, floor := o.rec.Floors[o.m]
	return kept || floor && o.m != o.rec.MinReplicas
}

// peace ends a contest with a tool that applies a manifest once the manifest is
// another: it says nothing of minReplicas any more, or another value.
func (o *owner) peace(was workload.OwnerValue, writers []workload.Writer) {
	by := o.rec.ContestedBy
	if by == "" {
		return
	}
	applies := slices.ContainsFunc(writers, func(w workload.Writer) bool { return w.Apply && name(w.Manager) == by })
	if applies && o.rec.MinReplicas == was.MinReplicas && o.rec.Unset == was.Unset {
		return
	}
	o.rec.ContestedUntil, o.rec.ContestedBy, o.rec.Overwrites = time.Time{}, "", nil
}
