// Package plane runs a real Kubernetes control plane and a real Prometheus inside a Go test, without containers.
//
// The processes are the ones of a production cluster: etcd, kube-apiserver, kube-controller-manager and kube-scheduler.
// Only the kubelet is replaced, by kwok, which moves pods and nodes through their life without running anything. So the
// HorizontalPodAutoscaler, RBAC, admission policies, server-side apply, watches and the aggregation layer under test are
// Kubernetes itself.
//
//	func TestFloorIsRaised(t *testing.T) {
//		p := plane.Start(t, plane.Options{PodReadyAfter: 30 * time.Second})
//		p.CreateDeployment(t, "shop", "web", 2, "100m")
//		p.CreateHPA(t, plane.HPA{Namespace: "shop", Name: "web", Min: 2, Max: 40})
//		…
//	}
//
// Everything listens on loopback, on ports of its own, and keeps its files in one temporary folder, so that several
// planes stand side by side. Every process is killed when the test ends, and by the Linux kernel if the test binary is
// killed first.
//
// The binaries come from scripts/e2e-binaries.sh, which builds them from the Go module proxy; the environment variable
// HIGHWATER_E2E_BIN names their folder.
package plane
