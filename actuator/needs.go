package actuator

// A Need is one permission that Highwater has to have, as a rule of RBAC.
type Need struct {
	Group    string
	Resource string
	Verbs    []string
	Enforce  bool // needed only where floors are set
	Why      string
}

// Needs lists every permission; a test holds the chart to it. The scale
// subresource is asked only for scale targets that are neither Deployment,
// StatefulSet nor ReplicaSet; their groups have to be named in the chart, since
// RBAC has no rule for "any scalable thing" but a wildcard.
func Needs() []Need {
	return []Need{
		{"autoscaling", "horizontalpodautoscalers", []string{"list", "watch"}, false, "find the workloads"},
		{"autoscaling", "horizontalpodautoscalers", []string{"patch"}, true, "set and restore minReplicas"},
		{"keda.sh", "scaledobjects", []string{"list", "watch"}, false, "find what KEDA scales, and its triggers"},
		{"keda.sh", "scaledobjects", []string{"patch"}, true, "set and restore minReplicaCount"},
		{"autoscaling.x-k8s.io", "capacitybuffers", []string{"list", "create", "patch", "delete"}, true, "ask for nodes ahead; only with node headroom"},
		{"", "events", []string{"create", "patch"}, false, "tell of floors and problems"},
		{"apps", "deployments", []string{"get"}, false, "what a pod requests"},
		{"apps", "statefulsets", []string{"get"}, false, "what a pod requests"},
		{"apps", "replicasets", []string{"get"}, false, "what a pod requests"},
		{"", "pods", []string{"list"}, false, "what a pod requests, where the pod template does not say"},
		{"", "resourcequotas", []string{"list"}, false, "tell in time that a quota will be too small"},
		{"", "nodes", []string{"list"}, false, "tell in time that the nodes will be too few; only where all namespaces are looked at"},
		{"*", "*/scale", []string{"get"}, false, "the pods of other scale targets"},
		{"highwater.dev", "floorpolicies", []string{"list", "watch"}, false, "read the policies"},
		{"highwater.dev", "floorpolicies/status", []string{"patch"}, false, "tell what was decided"},
		{"coordination.k8s.io", "leases", []string{"get", "create", "update"}, false, "elect a leader"},
	}
}
