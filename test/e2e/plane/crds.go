package plane

import (
	"path/filepath"
	"testing"
	"time"
)

// installCRDs puts the resources that lie beside a program into the cluster.
func (p *Plane) installCRDs(t testing.TB, program string) {
	t.Helper()
	path, err := binary(program)
	if err != nil {
		t.Fatal(err)
	}
	p.Kubectl(t, "apply", "--server-side", "-f", filepath.Join(filepath.Dir(path), "crds"))
	Eventually(t, 30*time.Second, func() error { // kubectl does not wait for a CRD that has no status yet
		_, err := p.TryKubectl("", "wait", "--for=condition=Established", "--timeout=20s", "crd", "--all")
		return err
	})
}
