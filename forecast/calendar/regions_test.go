package calendar

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryRegionOfTheLibraryIsKnown walks the folders of the library, so that
// a new version of it with more regions fails here until they are listed.
func TestEveryRegionOfTheLibraryIsKnown(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/rickar/cal/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(out))
	folders, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range folders {
		// aa holds what countries have in common, tests holds tests.
		if !f.IsDir() || f.Name() == "aa" || f.Name() == "tests" || strings.HasPrefix(f.Name(), ".") {
			continue
		}
		for _, name := range holidayLists(t, filepath.Join(root, f.Name())) {
			code := strings.ToUpper(f.Name())
			if part := strings.TrimPrefix(name, "Holidays"); part != "" {
				code += "-" + part
			}
			want = append(want, code)
		}
	}
	if len(want) < 80 {
		t.Fatalf("only %d lists found in %s", len(want), root)
	}
	want = append(want, "GB-ENG", "GB-WLS") // other names for the library's GB
	slices.Sort(want)
	var got []string
	for _, r := range Regions() {
		got = append(got, r.Code)
		if r.Name == "" {
			t.Errorf("%s has no name", r.Code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed   %v\nexisting %v", got, want)
	}
}

// holidayLists finds the variables of a package whose names begin with Holidays.
func holidayLists(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for _, id := range spec.Names {
					if strings.HasPrefix(id.Name, "Holidays") {
						names = append(names, id.Name)
					}
				}
			}
			return true
		})
	}
	return names
}

// TestEveryRegionHasItsNewYear would find a code that is wired to nothing.
func TestEveryRegionHasItsNewYear(t *testing.T) {
	for _, r := range Regions() {
		s := Spec{Holidays: []string{r.Code}}
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		c := s.Build(date(2026, 1, 1), date(2026, 12, 31))
		if n := len(c.Holidays); n < 6 || n > 30 {
			t.Errorf("%s has %d holidays in 2026", r.Code, n)
		}
		if c.Holidays[on(2026, 1, 1)] == "" {
			t.Errorf("%s has no New Year: %v", r.Code, c.Holidays)
		}
	}
}
