package plane

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// frontProxyUser is the name in the certificate with which the kube-apiserver calls the servers behind an APIService.
const frontProxyUser = "front-proxy"

func (p *Plane) etcdData() string { return p.file("etcd") }

func (p *Plane) startEtcd(ctx context.Context) error {
	var client, peer int
	if err := freePorts(&client, &peer); err != nil {
		return err
	}
	p.apiserver = &process{name: "kube-apiserver", dir: p.dir, args: p.apiServerArgs(client)}
	p.etcd = &process{name: "etcd", dir: p.dir, args: []string{
		"--name=e2e",
		"--data-dir=" + p.etcdData(),
		"--listen-client-urls=http://" + address(client),
		"--advertise-client-urls=http://" + address(client),
		"--listen-peer-urls=http://" + address(peer),
		"--initial-advertise-peer-urls=http://" + address(peer),
		"--initial-cluster=e2e=http://" + address(peer),
		"--unsafe-no-fsync", // the data need not survive the machine
	}}
	if err := p.etcd.start(); err != nil {
		return err
	}
	return p.etcd.waitReady(ctx, probes, "http://"+address(client)+"/health")
}

func (p *Plane) apiServerArgs(etcdPort int) []string {
	args := []string{
		"--etcd-servers=http://" + address(etcdPort),
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", p.apiPort),
		"--tls-cert-file=" + p.file("apiserver.crt"),
		"--tls-private-key-file=" + p.file("apiserver.key"),
		"--cert-dir=" + p.file("apiserver"),

		"--client-ca-file=" + p.file("ca.crt"),
		"--service-account-issuer=" + p.URL(),
		"--service-account-key-file=" + p.file("service-accounts.key"),
		"--service-account-signing-key-file=" + p.file("service-accounts.key"),
		"--authorization-mode=RBAC",

		// The aggregation layer: how the kube-apiserver proves to the servers behind it who is asking.
		"--requestheader-client-ca-file=" + p.file("front-proxy-ca.crt"),
		"--requestheader-allowed-names=" + frontProxyUser,
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + p.file("front-proxy.crt"),
		"--proxy-client-key-file=" + p.file("front-proxy.key"),

		"--service-cluster-ip-range=10.96.0.0/16",
		// The kubernetes Service would point at loopback, which the API refuses as an endpoint, again and again.
		"--endpoint-reconciler-type=none",
	}
	if p.opts.Audit {
		args = append(args, "--audit-policy-file="+p.file("audit-policy.yaml"), "--audit-log-path="+p.auditLog(),
			"--audit-log-maxsize=4096") // MiB: never rotated, for Audit reads one file
	}
	return append(args, p.opts.APIServerArgs...)
}

func (p *Plane) startAPIServer(ctx context.Context) error {
	if p.opts.Audit {
		if err := os.WriteFile(p.file("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
			return err
		}
	}
	if err := p.apiserver.start(); err != nil {
		return err
	}
	return p.apiserver.waitReady(ctx, probes, p.URL()+"/readyz")
}

// StopAPIServer takes the kube-apiserver away as a crash does. etcd and everything else go on.
func (p *Plane) StopAPIServer(t testing.TB) {
	t.Helper()
	p.apiserver.stop(0)
}

// StartAPIServer brings a stopped kube-apiserver back, on the same port and with the same etcd, and waits until it is
// ready.
func (p *Plane) StartAPIServer(t testing.TB) {
	t.Helper()
	if err := p.startAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// RestartAPIServer stops the kube-apiserver, with a moment to finish what it was asked, and starts it again. Its whole
// orderly way out takes a minute, for which it waits for the watches of its clients.
func (p *Plane) RestartAPIServer(t testing.TB) {
	t.Helper()
	p.apiserver.stop(time.Second)
	p.StartAPIServer(t)
}
