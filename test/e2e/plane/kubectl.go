package plane

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// Kubectl runs the real kubectl as the administrator and returns its standard output. The test fails if kubectl does.
func (p *Plane) Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := p.TryKubectl("", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Apply creates or updates the objects of a YAML text, by server-side apply as the administrator.
func (p *Plane) Apply(t testing.TB, manifests string) {
	t.Helper()
	if _, err := p.TryKubectl(manifests, "apply", "--server-side", "--force-conflicts", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

// TryKubectl runs kubectl with a text on its standard input. Its error carries what kubectl wrote to standard error.
// Give --kubeconfig to be somebody else than the administrator.
func (p *Plane) TryKubectl(stdin string, args ...string) (stdout string, err error) {
	path, err := binary("kubectl")
	if err != nil {
		return "", err
	}
	ctx, cancel := within()
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = p.dir
	cmd.Env = environment(p.dir, "KUBECONFIG="+p.Kubeconfig())
	cmd.Stdin = strings.NewReader(stdin)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(problem.String()))
	}
	return out.String(), nil
}
