package house

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rooms are the folders of the product in the order in which a load becomes a
// floor. A room may import those before it, and none after it.
var rooms = []string{"forecast", "recommender", "history", "policy", "cluster", "actuator", "scheduler", "api", "cmd"}

// beside are the other folders of the top level.
var beside = []string{"benchmarks", "bin", "charts", "deploy", "docs", "internal", "scripts", "test", "tools"}

// serving are the packages of internal that a room may import, and which.
var serving = map[string][]string{
	"benchmarks/traces":   {"cmd"},
	"internal/atomicfile": {"cmd"},
	"internal/config":     {"cmd"},
	"internal/demo":       {"cmd"},
	"internal/fleet":      {"cmd"},
	"internal/plots":      {"cmd"},
	"internal/progress":   {"cmd"},
	"internal/server":     {"cmd"},
	"internal/strictyaml": {"cluster", "cmd", "forecast"},
	"internal/table":      {"forecast", "recommender", "cmd"},
}

func TestNoArrowRunsBackUp(t *testing.T) {
	t.Chdir("../..")
	for pkg, imports := range packages(t) {
		from := slices.Index(rooms, room(pkg))
		if from < 0 {
			continue
		}
		for _, imported := range imports {
			to := slices.Index(rooms, room(imported))
			switch {
			case to > from:
				t.Errorf("%s imports %s, which comes after it: %s", pkg, imported, strings.Join(rooms, " → "))
			case to < 0 && !slices.Contains(serving[imported], rooms[from]):
				t.Errorf("%s imports %s, which is no room of the product", pkg, imported)
			}
		}
	}
}

func TestTheTopLevelHoldsTheRoomsAndNothingElse(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(rooms, e.Name()) && !slices.Contains(beside, e.Name()) {
			t.Errorf("%s/ is neither a room nor named beside them", e.Name())
		}
	}
}

// packages lists the packages of the project with those of the project that they
// import, by their paths within it.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string][]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		own := []string{}
		for _, i := range p.Imports {
			if path, ok := strings.CutPrefix(i, module); ok {
				own = append(own, path)
			}
		}
		found[strings.TrimPrefix(p.ImportPath, module)] = own
	}
	return found
}

// room is the first folder of a package's path.
func room(pkg string) string {
	first, _, _ := strings.Cut(pkg, "/")
	return first
}
