package explain

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEverySentenceOfAStoryIsTrue draws stories, tells them, takes each sentence
// apart and holds it to the values that the story is told from.
func TestEverySentenceOfAStoryIsTrue(t *testing.T) {
	n := 5_000
	if testing.Short() {
		n = 1_000
	}
	r := &drawer{Rand: rand.New(rand.NewPCG(9, 20261128))}
	seen, sentences := make([]int, len(told)), 0
	for i := range n {
		s := r.story()
		for _, line := range linesOf(s) {
			k := slices.IndexFunc(told, func(c telling) bool {
				return c.where == line.where && strings.HasPrefix(line.text, c.begins) && c.words.MatchString(line.text)
			})
			wrong := "nobody knows this sentence"
			if k >= 0 {
				seen[k]++
				sentences++
				wrong = told[k].check(&storyCourt{s, line.load}, told[k].words.FindStringSubmatch(line.text))
			}
			if wrong != "" {
				t.Fatalf("story %d, %q: %s: %s\nat %s\n%+v", i, line.where, line.text, wrong, s.Now, s)
			}
		}
		if wrong := untold(s); wrong != "" {
			t.Fatalf("story %d: %s\n%+v", i, wrong, s)
		}
	}
	t.Logf("%d stories, %d sentences", n, sentences)
	for k, c := range told {
		if seen[k] < 10 && !testing.Short() {
			t.Errorf("%q: %s was said %d times: the draw does not test it", c.where, c.words, seen[k])
		}
	}
}

// A toldLine is one sentence of a story, or a row with bars between its cells.
type toldLine struct {
	where, text string
	load        *Load // that it is about; nil if about none
}

func linesOf(s *Story) []toldLine {
	list := []toldLine{{"title", s.Title(), nil}}
	load := -1
	for _, section := range s.Sections() {
		where := section.Title
		if name, ok := strings.CutPrefix(where, "The load: "); ok {
			load++
			where = "The load"
			list = append(list, toldLine{"name", name, &s.Loads[load]})
		}
		for _, l := range section.Lines {
			line := toldLine{where, l.Text, nil}
			if slices.Contains([]string{"The load", "What a pod carries", "Its forecast"}, where) {
				line.load = &s.Loads[load]
			}
			if len(l.Cells) > 0 {
				line.text = strings.Join(l.Cells, " | ")
			}
			list = append(list, line)
		}
	}
	for _, step := range s.Next() {
		list = append(list, toldLine{"next", step, nil})
	}
	return list
}

// untold returns what a reader would miss in a story; empty if that is nothing.
func untold(s *Story) string {
	var b strings.Builder
	if err := Print(&b, s.Title(), s.Sections(), s.Next(), 100); err != nil {
		return err.Error()
	}
	flat := strings.Join(strings.Fields(b.String()), " ")
	want := []string{s.Message, s.Failed, s.Outcome.Message, s.Proof.Detail, s.Proof.Withdrawn, s.Holiday}
	for _, l := range s.Loads {
		want = append(want, l.Query, l.Capacity.Assumed, l.Capacity.Source)
		if l.Missing != nil {
			want = append(want, l.Missing.Message)
		} else {
			want = append(want, l.Method)
			want = append(want, l.Findings...)
		}
		want = append(want, l.Remarks...)
	}
	for _, w := range s.Warnings {
		want = append(want, w.Message)
	}
	for _, p := range s.Problems {
		want = append(want, "mend "+p.Field+": "+p.Message)
	}
	if s.Lease != nil {
		want = append(want, s.Lease.Holder)
	}
	if s.Proof.Verdict == "" {
		want = append(want, s.Proof.Pending)
	}
	for _, x := range want {
		if !strings.Contains(flat, x) {
			return fmt.Sprintf("it does not say %q", x)
		}
	}
	if x := ugly.FindString(b.String()); x != "" {
		return fmt.Sprintf("it is ugly: %q", x)
	}
	return ""
}

// ugly is what no sentence may have: a number that does not go with its word, and
// what a formatting has left.
var ugly = regexp.MustCompile(`\b1 (?:observations|forecasts|points|gaps|pods|replicas|changes)\b|\b(?:0|[2-9]|\d\d+) (?:observation|forecast|point|gap|pod|replica|change)\b|%!.*|NaN|Inf|\b0001\b|[ :;,]$|  +\n`)

// A telling is a sentence that a part of a story may have, and what makes it false.
type telling struct {
	where  string
	begins string // what the words begin with
	words  *regexp.Regexp
	check  func(c *storyCourt, m []string) string
}

// tells makes a telling. In its words N is a count, M a short time, Q a quantity, T a time, A an
// age, P a share, X any words, and s ends a word of one or more.
func tells(where, text string, check func(c *storyCourt, m []string) string) telling {
	begins, _, _ := strings.Cut(text, "<")
	text = regexp.QuoteMeta(text)
	for mark, pattern := range map[string]string{
		"<N>": `(\d+)`, "<Q>": `([0-9.e+-]+[kMGT]?(?: [A-Za-z/]+)?)`, "<T>": `((?:\w{3} \d+ \w{3} |\d+ \w{3} \d{4} )?\d\d:\d\d)`,
		"<D>": `(\d+ \w{3} \d\d:\d\d)`, "<A>": `(\d+ (?:d|h|min|s)(?: \d+ (?:h|min|s))?)`, "<s>": `s?`, "<M>": `([0-9.]+(?: m?s| minutes?)?)`, "<P>": `([+-]?[0-9.e+-]+) %`, "<X>": `(.*?)`,
	} {
		text = strings.ReplaceAll(text, mark, pattern)
	}
	return telling{where, begins, regexp.MustCompile("^" + text + "$"), check}
}
