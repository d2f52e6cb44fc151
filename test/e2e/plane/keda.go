package plane

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// KEDA is a real one beside a plane: its operator, and its adapter, which serves external.metrics.k8s.io.
type KEDA struct {
	plane             *Plane
	operator, adapter *process
	health            string
	metrics           int
}

// StartKEDA runs KEDA for the length of a test and returns once both halves are ready. A plane can have one at a time, and
// no MetricsSource with External beside it.
func StartKEDA(t testing.TB, p *Plane) *KEDA {
	t.Helper()
	p.InstallKEDA(t)
	p.CreateNamespace(t, "keda")
	k := &KEDA{plane: p}
	var grpc, health, secure, plain int
	if err := freePorts(&grpc, &health, &k.metrics, &secure, &plain); err != nil {
		t.Fatal(err)
	}
	certs := p.file("keda")
	pair, err := p.ca.peer("metrics." + metricsNamespace + ".svc")
	if err == nil {
		err = os.MkdirAll(certs, 0o700)
	}
	if err == nil {
		err = pair.write(certs, "tls")
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(certs, "ca.crt"), p.ca.pem, 0o600)
	}
	if err != nil {
		t.Fatalf("certificates of KEDA: %v", err)
	}
	env := []string{"WATCH_NAMESPACE=", "POD_NAMESPACE=keda", "KEDA_CLUSTER_OBJECT_NAMESPACE=keda"}
	k.health = fmt.Sprintf("http://%s/readyz", address(health))
	k.operator = &process{name: "keda-operator", dir: p.dir, env: env, args: []string{
		"--kubeconfig=" + p.Kubeconfig(), "--cert-dir=" + certs,
		"--metrics-bind-address=" + address(k.metrics), "--health-probe-bind-address=" + address(health), "--metrics-service-bind-address=" + address(grpc),
	}}
	k.adapter = &process{name: "keda-adapter", dir: p.dir, env: env, args: []string{
		"--kubeconfig=" + p.Kubeconfig(), "--lister-kubeconfig=" + p.Kubeconfig(),
		"--authentication-kubeconfig=" + p.Kubeconfig(), "--authorization-kubeconfig=" + p.Kubeconfig(),
		"--metrics-service-address=" + fmt.Sprintf("localhost:%d", grpc), fmt.Sprintf("--port=%d", plain),
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", secure), "--cert-dir=" + certs,
		"--tls-cert-file=" + filepath.Join(certs, "tls.crt"), "--tls-private-key-file=" + filepath.Join(certs, "tls.key"),
	}}
	t.Cleanup(func() {
		for _, child := range []*process{k.adapter, k.operator} {
			child.end(t)
		}
	})
	k.Start(t)
	if err := k.adapter.start(); err != nil {
		t.Fatal(err)
	}
	p.register(t, []schema.GroupVersion{externalAPI}, secure)
	return k
}

// Start runs the operator, also again after Stop, and returns once it is ready.
func (k *KEDA) Start(t testing.TB) {
	t.Helper()
	if err := k.operator.startReady(probes, k.health); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the operator in its orderly way.
func (k *KEDA) Stop() { k.operator.stop(10 * time.Second) }

// Target is where the operator's own metrics are scraped, as host:port.
func (k *KEDA) Target() string { return address(k.metrics) }

// InstallKEDA puts KEDA's resources into the cluster, without KEDA itself.
func (p *Plane) InstallKEDA(t testing.TB) {
	t.Helper()
	p.installCRDs(t, "keda-operator")
}
