package plane

import (
	"context"
	"fmt"
)

// startControllers starts kube-controller-manager with all its controllers, each under its own service account, so
// that RBAC holds for them as in a real cluster.
func (p *Plane) startControllers() (ready func(context.Context) error, err error) {
	var port int
	if err := freePorts(&port); err != nil {
		return nil, err
	}
	p.controllers = &process{name: "kube-controller-manager", dir: p.dir, args: append(append([]string{
		"--kubeconfig=" + p.file("controllers.kubeconfig"),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + p.file("controllers"),
		"--leader-elect=false", // there is one; waiting for the lease takes time
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + p.file("service-accounts.key"),
		"--root-ca-file=" + p.file("ca.crt"),
		// The client-side limit of 20 requests/s would slow many HPAs that are looked at every second.
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--concurrent-horizontal-pod-autoscaler-syncs=10",
	}, p.opts.HPA.args()...), p.opts.ControllerManagerArgs...)}
	return p.controllers.startProbed(fmt.Sprintf("https://%s/healthz", address(port)))
}

func (p *Plane) startScheduler() (ready func(context.Context) error, err error) {
	var port int
	if err := freePorts(&port); err != nil {
		return nil, err
	}
	p.scheduler = &process{name: "kube-scheduler", dir: p.dir, args: []string{
		"--kubeconfig=" + p.file("scheduler.kubeconfig"),
		"--authentication-kubeconfig=" + p.file("scheduler.kubeconfig"),
		"--authorization-kubeconfig=" + p.file("scheduler.kubeconfig"),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + p.file("scheduler"),
		"--leader-elect=false",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
	}}
	return p.scheduler.startProbed(fmt.Sprintf("https://%s/healthz", address(port)))
}

// startProbed starts the process and returns how to wait until its health endpoint answers.
func (p *process) startProbed(url string) (ready func(context.Context) error, err error) {
	if err := p.start(); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return p.waitReady(ctx, probes, url) }, nil
}
