package actuator

import (
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// CapacityBuffers are read and written in whichever of these versions is served,
// the newest first: what Highwater needs of them is the same in each.
const bufferGroup, bufferPlural = "autoscaling.x-k8s.io", "capacitybuffers"

var bufferVersions = []string{"v1beta1", "v1alpha1"}

// unserved is why there is no resource to ask for nodes by, with the remedy.
type unserved string

func (u unserved) Error() string { return string(u) }

// notInstalled is that there is none in any version.
const notInstalled unserved = "CapacityBuffers (" + bufferGroup + ") are not installed in the cluster; " +
	"install their CRD with a node autoscaler that knows them (docs/nodes.md), or take spec.nodeHeadroom out of the policy"

// bufferResource finds out as what CapacityBuffers are served. The error is
// unserved where they are not.
func bufferResource(d discovery.DiscoveryInterface) (schema.GroupVersionResource, error) {
	groups, err := d.ServerGroups()
	if err != nil {
		return schema.GroupVersionResource{}, fmt.Errorf("find the version of capacitybuffers.%s: %w", bufferGroup, err)
	}
	var served []string
	for _, g := range groups.Groups {
		if g.Name != bufferGroup {
			continue
		}
		for _, v := range g.Versions {
			has, err := servesBuffers(d, v.GroupVersion)
			if err != nil {
				return schema.GroupVersionResource{}, err
			}
			if has {
				served = append(served, v.Version)
			}
		}
	}
	for _, v := range bufferVersions {
		if slices.Contains(served, v) {
			return schema.GroupVersionResource{Group: bufferGroup, Version: v, Resource: bufferPlural}, nil
		}
	}
	if len(served) > 0 {
		return schema.GroupVersionResource{}, unserved(fmt.Sprintf("the cluster serves CapacityBuffers (%s) as %s, and this Highwater knows %s; "+
			"use versions of Highwater and of the node autoscaler's CRD that have one in common", bufferGroup, strings.Join(served, ", "), strings.Join(bufferVersions, " and ")))
	}
	return schema.GroupVersionResource{}, notInstalled
}

func servesBuffers(d discovery.DiscoveryInterface, groupVersion string) (bool, error) {
	list, err := d.ServerResourcesForGroupVersion(groupVersion)
	switch {
	case apierrors.IsNotFound(err): // it has gone meanwhile
		return false, nil
	case err != nil:
		return false, fmt.Errorf("find the resources of %s: %w", groupVersion, err)
	}
	for _, r := range list.APIResources {
		if r.Name == bufferPlural {
			return true, nil
		}
	}
	return false, nil
}
