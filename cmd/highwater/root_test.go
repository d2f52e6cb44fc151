package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAMistypedCommandGetsASuggestion(t *testing.T) {
	for typed, want := range map[string]string{
		"forecst": `unknown command "forecst": did you mean forecast?`,
		"replays": `unknown command "replays": did you mean replay?`,
		"banana":  "`highwater --help` lists them",
	} {
		if _, _, err := execute(t.Context(), rootCommand(), "", typed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", typed, err)
		}
	}
}

func TestTheVersionIsToldToProgramsToo(t *testing.T) {
	out, _, err := execute(t.Context(), rootCommand(), "", "version", "-o", "json")
	var v struct{ Version, Build, Go, Platform string }
	if e := json.Unmarshal([]byte(out), &v); e != nil || err != nil || v.Version == "" || v.Build != variant || !strings.HasPrefix(v.Go, "go") || !strings.Contains(v.Platform, "/") {
		t.Errorf("%s, %v, %v", out, e, err)
	}
	if out, _, err := execute(t.Context(), rootCommand(), "", "version"); err != nil || !strings.HasPrefix(out, "highwater ") {
		t.Errorf("%s, %v", out, err)
	}
	if _, _, err := execute(t.Context(), rootCommand(), "", "version", "-o", "yaml"); err == nil || !strings.Contains(err.Error(), `"yaml"`) {
		t.Errorf("%v", err)
	}
}
