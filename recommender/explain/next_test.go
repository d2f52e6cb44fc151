package explain

import (
	"strings"
	"testing"
)

func TestNextStepsFollowTheProof(t *testing.T) {
	saves := []Played{{Policy: "hpa", Minutes: 10080, ShortMinutes: 60}, {Policy: "highwater", Minutes: 10080, ShortMinutes: 3.5}}
	for _, tt := range []struct {
		proof Proof
		want  string
	}{
		{Proof{Verdict: "Proven", Results: saves}, "set mode: Enforce in a FloorPolicy; it would save 56.5 minutes of being short a week"},
		{Proof{Verdict: "Proven"}, "set mode: Enforce in a FloorPolicy; the proof holds"},
		{Proof{Verdict: "NoForesight"}, "raise the autoscaler's own minReplicas"},
		{Proof{Verdict: "Proven", Withdrawn: "the load doubled"}, "wait for the next proof"},
		{Proof{Pending: "too short"}, "wait for the proof: too short"},
		{Proof{}, "nothing: it runs as it should"},
	} {
		s := Story{Mode: "Observe", Proof: tt.proof}
		if got := strings.Join(s.Next(), "\n"); !strings.Contains(got, tt.want) {
			t.Errorf("%q does not say %q", got, tt.want)
		}
	}
}

func TestAStoryIsPrintedToTheWidth(t *testing.T) {
	long := strings.Repeat("word ", 60)
	s := []Section{{Lines: []Line{{Text: long}}}, {Title: "A table", Lines: []Line{{Cells: []string{"one", "2", ""}}, {Cells: []string{"three", "45", "why"}}, {Text: "after it"}}}}
	var b strings.Builder
	if err := Print(&b, "title", s, []string{"nothing"}, 100); err != nil {
		t.Fatal(err)
	}
	if want := "\nA table\n  one    2\n  three  45  why\n  after it\n\nWhat to do next\n  - nothing\n"; !strings.HasPrefix(b.String(), "title\n\n  word") || !strings.HasSuffix(b.String(), want) {
		t.Error(b.String())
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > 101 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
}
