package plane

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BinariesVariable is the environment variable that names the folder of the binaries.
const BinariesVariable = "HIGHWATER_E2E_BIN"

// Require skips a test under -short and fails it when the binaries are not there. Start and StartPrometheus call it.
func Require(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("a real control plane takes seconds to start: not under -short")
	}
	if _, err := binary("etcd"); err != nil {
		t.Fatal(err)
	}
}

// The variables that name the folders of KEDA, of Karpenter, and of the stores beside Prometheus.
const (
	KEDAVariable      = "HIGHWATER_E2E_KEDA"
	KarpenterVariable = "HIGHWATER_E2E_KARPENTER"
	StoresVariable    = "HIGHWATER_E2E_STORES"
)

// builtBy says which script builds a program, and which variable names the folder it is in.
func builtBy(program string) (variable, script string) {
	switch {
	case strings.HasPrefix(program, "keda-"):
		return KEDAVariable, "scripts/e2e-keda.sh"
	case program == "karpenter":
		return KarpenterVariable, "scripts/e2e-karpenter.sh"
	case program == "victoria-metrics" || program == "thanos" || program == "mimir":
		return StoresVariable, "scripts/e2e-stores.sh"
	}
	return BinariesVariable, "scripts/e2e-binaries.sh"
}

// binary returns the path of a program that one of the scripts has built.
func binary(name string) (string, error) {
	variable, script := builtBy(name)
	folder := os.Getenv(variable)
	if folder == "" {
		return "", fmt.Errorf("%s is not set: run `make e2e`, or `export %[1]s=$(%s)` in the root of the repository", variable, script)
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("binary of the control plane: %w; run %s", err, script)
	}
	return path, nil
}
