package plane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Nodes that Karpenter adds have so many cores, of which pods can have all.
const KarpenterNodeCores = 4

// karpenterNode is the only type of node there is to be had.
const karpenterNode = `[{
  "name": "small-4", "architecture": "amd64", "operatingSystems": ["linux"],
  "resources": {"cpu": "4", "memory": "16Gi", "ephemeral-storage": "20Gi", "pods": "110"},
  "offerings": [{"Price": 0.1, "Available": true, "Requirements": [
    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["zone-a"]}]}]
}]`

// StartKarpenter runs a real Karpenter with its kwok provider for the length of a test, with the gate CapacityBuffer,
// and returns once it is ready. Its nodes take nodeAfter to join the cluster. There is a NodePool for each name, whose
// nodes have the label pool with that name. A plane can have one Karpenter.
func StartKarpenter(t testing.TB, p *Plane, nodeAfter time.Duration, pools ...string) {
	t.Helper()
	p.InstallKarpenter(t)
	types := p.file("instance-types.json")
	if err := os.WriteFile(types, []byte(karpenterNode), 0o600); err != nil {
		t.Fatal(err)
	}
	var metrics, health int
	if err := freePorts(&metrics, &health); err != nil {
		t.Fatal(err)
	}
	k := &process{name: "karpenter", dir: p.dir, env: []string{
		"KUBECONFIG=" + p.Kubeconfig(), "SYSTEM_NAMESPACE=kube-system", "DISABLE_LEADER_ELECTION=true",
		"FEATURE_GATES=CapacityBuffer=true", "INSTANCE_TYPES_FILE_PATH=" + types,
		fmt.Sprintf("METRICS_PORT=%d", metrics), fmt.Sprintf("HEALTH_PROBE_PORT=%d", health),
	}}
	t.Cleanup(func() {
		k.stop(0)
		if t.Failed() {
			fmt.Fprintf(t.Output(), "--- end of %s ---\n%s", filepath.Base(k.logFile()), k.tail(8192))
		}
	})
	if err := k.start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := k.waitReady(ctx, probes, fmt.Sprintf("http://%s/readyz", address(health))); err != nil {
		t.Fatal(err)
	}
	p.Apply(t, fmt.Sprintf(`
apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {name: default}
spec: {nodeRegistrationDelay: %s}
`, nodeAfter))
	for _, name := range pools {
		p.Apply(t, fmt.Sprintf(`
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: %[1]s}
spec:
  template:
    metadata: {labels: {pool: %[1]s}}
    spec:
      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
      requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}]
  disruption: {consolidateAfter: Never}
`, name))
	}
}

// InstallKarpenter puts Karpenter's resources and CapacityBuffers into the cluster, without Karpenter itself.
func (p *Plane) InstallKarpenter(t testing.TB) {
	t.Helper()
	p.installCRDs(t, "karpenter")
}
