package house

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"sigs.k8s.io/yaml"
)

var (
	makeCall   = regexp.MustCompile(`\bmake ([a-z][a-z0-9-]*)`)
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
)

// TestWorkflowsRunTargetsOfTheMakefile holds CI to what a developer can run.
func TestWorkflowsRunTargetsOfTheMakefile(t *testing.T) {
	t.Chdir("../..")
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, found := range makeTarget.FindAllSubmatch(makefile, -1) {
		targets[string(found[1])] = true
	}
	paths, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	run := map[string]bool{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct{ Run string }
			}
		}
		if err := yaml.Unmarshal(text, &workflow); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for job, j := range workflow.Jobs {
			for _, step := range j.Steps {
				for _, found := range makeCall.FindAllStringSubmatch(step.Run, -1) {
					run[found[1]] = true
					if !targets[found[1]] {
						t.Errorf("%s: job %s runs make %s, which the Makefile does not have", path, job, found[1])
					}
				}
			}
		}
	}
	for _, target := range []string{"check", "test", "chaos", "fuzz", "release"} {
		if !run[target] {
			t.Errorf("no workflow runs make %s", target)
		}
	}
}
