package main

import (
	"bytes"
	"fmt"
	"maps"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdxlib"
)

// checkSBOM holds the SBOM at path to what `go version -m` prints of the binary.
func checkSBOM(t *testing.T, path, binary string) {
	t.Helper()
	doc, err := spdxjson.Read(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
	described, err := spdxlib.GetDescribedPackageIDs(doc)
	if err != nil || !slices.Equal(described, []spdx.ElementID{"Image"}) {
		t.Errorf("it describes %q (%v), not the image", described, err)
	}

	got := map[string]string{}
	for _, p := range doc.Packages {
		if p.PackageSPDXIdentifier == "Authorities" || p.PackageSPDXIdentifier == "Image" {
			continue
		}
		if _, twice := got[p.PackageName]; twice {
			t.Errorf("%s is there twice", p.PackageName)
		}
		got[p.PackageName] = p.PackageVersion
	}
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := linked(t, string(out)); !maps.Equal(got, want) {
		t.Errorf("SBOM:\n%v\ngo version -m:\n%v", got, want)
	}
	related := map[spdx.ElementID]bool{}
	for _, r := range doc.Relationships {
		related[r.RefB.ElementRefID] = true
	}
	for _, p := range doc.Packages {
		if !related[p.PackageSPDXIdentifier] {
			t.Errorf("nothing is related to %s", p.PackageName)
		}
	}
}

// linked returns the modules and their versions of what `go version -m` prints.
func linked(t *testing.T, text string) map[string]string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	_, release, found := strings.Cut(lines[0], ": go")
	if !found {
		t.Fatalf("go version -m begins with %q", lines[0])
	}
	modules := map[string]string{"stdlib": release}
	last := ""
	for _, line := range lines[1:] {
		field := append(strings.Fields(line), "", "", "")
		switch field[0] {
		case "mod":
			modules[field[1]] = version // of the release, which the linker sets
		case "dep":
			last = field[1]
			modules[last] = field[2]
		case "=>":
			if !strings.HasPrefix(field[1], "./") {
				t.Fatalf("%s is replaced by another module, which this test does not expect", last)
			}
			modules[last] = "" // no version of it is linked
		}
	}
	if len(modules) < 50 {
		t.Fatalf("go version -m names %d modules", len(modules))
	}
	return modules
}

func TestPackageURLsOfModules(t *testing.T) {
	f := func(m debug.Module, want string) {
		t.Helper()
		p := module(&m)
		got := ""
		for _, ref := range p.PackageExternalReferences {
			got += fmt.Sprintf("%s %s %s", ref.Category, ref.RefType, ref.Locator)
		}
		if got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
	f(debug.Module{Path: "gonum.org/v1/gonum", Version: "v0.16.0"}, "PACKAGE-MANAGER purl pkg:golang/gonum.org/v1/gonum@v0.16.0")
	f(debug.Module{Path: "github.com/Azure/x", Version: "v2.0.0+incompatible"}, "PACKAGE-MANAGER purl pkg:golang/github.com/azure/x@v2.0.0%2Bincompatible")
	f(debug.Module{Path: "example.com/a", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/b", Version: "v1.1.0"}}, "PACKAGE-MANAGER purl pkg:golang/example.com/b@v1.1.0")
	f(debug.Module{Path: "example.com/a", Version: "v1.0.0", Replace: &debug.Module{Path: "./internal/a", Version: "(devel)"}}, "")
}
