package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// budget is what the controller's binary may weigh, stripped. It weighs 40 MB; a
// use of html/template, or of another way to call methods by their names,
// brings 27 MB more.
const budget = 50_000_000

// TestTheControllerIsSmallAndSaysWhatItLacks builds the binary of the image as
// `make image` does, and runs it.
func TestTheControllerIsSmallAndSaysWhatItLacks(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a binary")
	}
	path := filepath.Join(t.TempDir(), "highwater")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "controller,grpcnotrace", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.release=v1.2.3", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(info.Size())/1e6)
	if info.Size() > budget {
		t.Errorf("the controller's binary weighs %.1f MB, more than %.0f: `make deps` lists what is in it", float64(info.Size())/1e6, budget/1e6)
	}

	f := func(args, want string, ok bool) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), path, strings.Fields(args)...)
		cmd.Stdin = strings.NewReader("time,value\n")
		out, err := cmd.CombinedOutput()
		if (err == nil) != ok || !strings.Contains(string(out), want) {
			t.Errorf("highwater %s: %v, %q; want %q", args, err, out, want)
		}
	}
	f("version", "highwater v1.2.3, controller build,", true)
	// What the chart runs.
	f("serve --help", "--prometheus-url", true)
	f("restore --help", "--expired", true)
	f("restore --help", "--all", true)

	const lacks = "not in this binary: it is the controller's build; use the highwater CLI for it"
	f("demo --speed 60", "demo: "+lacks, false)
	f("forecast - --plot web.svg", "--plot: "+lacks, false)
	f("replay - --pod-capacity 10 --plot web.svg", "--plot: "+lacks, false)
	f("explain shop/web --plot web.svg", "--plot: "+lacks, false)
	f("plan --tsdb data --workloads fleet.yaml", "--tsdb: "+lacks, false)
}
