// Package house holds the layout of the project to its one-way imports, in
// tests: each package says what it may import of the project and what it must
// not know of the world.
package house

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/highwater-dev/highwater/"

// impure is what a pure package must not know, and why.
var impure = map[string]string{
	"k8s.io/":                          "knows no Kubernetes: it is a function of its arguments",
	"sigs.k8s.io/":                     "knows no Kubernetes: it is a function of its arguments",
	"net/http":                         "knows no HTTP: history is an argument",
	"github.com/prometheus/prometheus": "knows no Prometheus: history is an argument",
	"log":                              "does not log: what is worth telling is in the result",
	"os":                               "touches no files: history is an argument",
	"context":                          "has nothing to wait for",
}

// Pure fails t if the package in the current folder imports anything impure,
// directly or through others of the project, or any package of the project but
// those allowed. The clock is not an import, so calls of it are looked for by
// name: see NoClock.
func Pure(t *testing.T, allowed ...string) {
	t.Helper()
	for _, dep := range Imports(t) {
		for bad, why := range impure {
			if dep == bad || strings.HasPrefix(dep, strings.TrimSuffix(bad, "/")+"/") {
				t.Errorf("imports %s, but a pure package %s", dep, why)
			}
		}
	}
	Only(t, allowed...)
}

// Only fails t if the package in the current folder imports a package of the
// project that is not allowed.
func Only(t *testing.T, allowed ...string) {
	t.Helper()
	for _, dep := range Imports(t) {
		if own, ok := strings.CutPrefix(dep, module); ok && !slices.Contains(allowed, own) {
			t.Errorf("imports %s; the house is one-way, and only %v may be imported here", own, allowed)
		}
	}
}

// Imports lists what the non-test files of the package in the current folder
// import.
func Imports(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=Imports", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var p struct{ Imports []string }
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p.Imports
}
