package plane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// A Plane is a running control plane.
type Plane struct {
	dir  string
	opts Options

	ca, frontProxy *authority // of clients and servers; of the aggregation layer
	apiPort        int

	etcd, apiserver, controllers, scheduler, kwok *process

	config  *rest.Config
	client  kubernetes.Interface
	dynamic dynamic.Interface

	keep bool // the logs, when closing
}

// Start runs a control plane for the length of a test. If the test fails, the logs are kept and their ends shown.
func Start(t testing.TB, opts Options) *Plane {
	t.Helper()
	Require(t)
	p, err := New(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			p.Report(t.Output())
		}
		p.Close()
	})
	return p
}

// New runs a control plane until Close, for a TestMain that shares one among the tests of a package. It returns when
// everything is ready, or with an error and nothing left behind when ctx ends first.
func New(ctx context.Context, opts Options) (_ *Plane, err error) {
	p := &Plane{opts: opts}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	steps := []func(context.Context) error{
		p.layOut,         // the folder, the certificates, the kubeconfigs
		p.startEtcd,      //
		p.startAPIServer, // ready, with its default roles
		p.startRest,      // the controllers, the scheduler and kwok, side by side
		p.firstNodes,     // Ready, so that pods have a place
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("start a control plane: %w", err)
		}
	}
	return p, nil
}

func (p *Plane) layOut(context.Context) error {
	dir, err := os.MkdirTemp("", "highwater-e2e-")
	if err != nil {
		return err
	}
	p.dir = dir
	if err := freePorts(&p.apiPort); err != nil {
		return err
	}
	return errors.Join(p.writeCertificates(), p.writeKubeconfigs(), p.connect())
}

// startRest starts what needs the kube-apiserver. Starting is quick and getting ready slow, so all start first.
func (p *Plane) startRest(ctx context.Context) error {
	var waits []func(context.Context) error
	for _, start := range []func() (func(context.Context) error, error){p.startControllers, p.startScheduler, p.startKwok} {
		wait, err := start()
		if err != nil {
			return err
		}
		waits = append(waits, wait)
	}
	for _, wait := range waits {
		if err := wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close kills everything and removes the files, except for the logs if Report was called.
func (p *Plane) Close() {
	for _, child := range []*process{p.kwok, p.scheduler, p.controllers, p.apiserver, p.etcd} {
		if child != nil {
			child.stop(0)
		}
	}
	if p.dir == "" {
		return
	}
	remove := p.dir
	if p.keep {
		remove = p.etcdData()
	}
	if err := os.RemoveAll(remove); err != nil {
		fmt.Fprintf(os.Stderr, "remove the files of a control plane: %v\n", err)
	}
}

// Report writes the end of every log and where the logs are, and makes Close keep them. Call it when a test failed.
func (p *Plane) Report(w io.Writer) {
	p.keep = true
	fmt.Fprintf(w, "the logs of the control plane are kept in %s\n", p.dir)
	for _, child := range []*process{p.etcd, p.apiserver, p.controllers, p.scheduler, p.kwok} {
		if child != nil {
			fmt.Fprintf(w, "--- end of %s ---\n%s", filepath.Base(child.logFile()), child.tail(2048))
		}
	}
}

// within returns a context for one call of a helper, so that no helper hangs a test.
func within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 30*time.Second)
}
