package plane

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BinariesVariable is the environment variable that names the folder of the binaries.
const BinariesVariable = "HIGHWATER_E2E_BIN"

var errNoBinaries = errors.New(BinariesVariable + " is not set: run `make e2e`, or " +
	"`export " + BinariesVariable + "=$(scripts/e2e-binaries.sh)` in the root of the repository")

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

// KEDAVariable is the environment variable that names the folder of KEDA.
const KEDAVariable = "HIGHWATER_E2E_KEDA"

var errNoKEDA = errors.New(KEDAVariable + " is not set: run `make e2e`, or " +
	"`export " + KEDAVariable + "=$(scripts/e2e-keda.sh)` in the root of the repository")

// KarpenterVariable is the environment variable that names the folder of Karpenter.
const KarpenterVariable = "HIGHWATER_E2E_KARPENTER"

var errNoKarpenter = errors.New(KarpenterVariable + " is not set: run `make e2e`, or " +
	"`export " + KarpenterVariable + "=$(scripts/e2e-karpenter.sh)` in the root of the repository")

// binary returns the path of one of the binaries of scripts/e2e-binaries.sh, scripts/e2e-keda.sh or
// scripts/e2e-karpenter.sh.
func binary(name string) (string, error) {
	variable, missing, script := BinariesVariable, errNoBinaries, "scripts/e2e-binaries.sh"
	switch {
	case strings.HasPrefix(name, "keda-"):
		variable, missing, script = KEDAVariable, errNoKEDA, "scripts/e2e-keda.sh"
	case name == "karpenter":
		variable, missing, script = KarpenterVariable, errNoKarpenter, "scripts/e2e-karpenter.sh"
	}
	folder := os.Getenv(variable)
	if folder == "" {
		return "", missing
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("binary of the control plane: %w; run %s", err, script)
	}
	return path, nil
}
