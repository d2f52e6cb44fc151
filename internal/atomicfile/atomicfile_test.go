package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileAppearsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it is there before it is whole")
	}
	w.Discard()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if w, err = Create(path); err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	_, _ = w.Write([]byte("whole"))
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "whole" {
		t.Errorf("%q, %v", text, err)
	}
}

// An error names the file that the user knows, not the temporary one beside it.
func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	none := filepath.Join(dir, "none", "a.txt")
	if _, err := Create(none); err == nil || !strings.HasPrefix(err.Error(), none+": ") || strings.Contains(err.Error(), ".a.txt.") {
		t.Errorf("%v", err)
	}
	taken := filepath.Join(dir, "b.txt")
	w, err := Create(taken)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	if err := os.Mkdir(taken, 0o755); err != nil { // meanwhile
		t.Fatal(err)
	}
	if err := w.Commit(); err == nil || !strings.HasPrefix(err.Error(), taken+": ") || strings.Contains(err.Error(), ".b.txt.") {
		t.Errorf("%v", err)
	}
}
