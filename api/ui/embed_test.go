package ui

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// The page must work under a sub-path and under a content security policy
// that forbids everything inline and everything from elsewhere.
func TestPageRefersOnlyToItsOwnFiles(t *testing.T) {
	index, err := fs.ReadFile(FS(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	refs := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(string(index), -1)
	if len(refs) < 3 {
		t.Fatalf("index.html refers to %d files, want its script, its style and its icon", len(refs))
	}
	for _, ref := range refs {
		name, relative := strings.CutPrefix(ref[1], "./")
		if !relative {
			t.Errorf("%q is not relative to the page", ref[1])
			continue
		}
		if _, err := fs.Stat(FS(), name); err != nil {
			t.Errorf("%q is not in dist: %v", name, err)
		}
	}
	for _, inline := range []string{"<style", "style=", "<script>", "onclick="} {
		if strings.Contains(string(index), inline) {
			t.Errorf("index.html has %q, which the content security policy forbids", inline)
		}
	}
}
