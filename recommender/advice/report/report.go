package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/highwater-dev/highwater/recommender/advice"
)

// An advised is the answer of advise in JSON.
type advised struct {
	Workload string          `json:"workload"`
	From     time.Time       `json:"from"` // what was counted
	To       time.Time       `json:"to"`
	Now      advice.Week     `json:"now"`
	Floors   *advice.Week    `json:"floors"` // under Highwater's floors; null if they are not proven
	Verdict  string          `json:"verdict"`
	Detail   string          `json:"detail"`
	Advice   []advice.Advice `json:"advice"`
	Notes    []string        `json:"notes"`
}

// textWidth is that of sentences in the table.
const textWidth = 110

func (o *adviseFlags) print(out io.Writer, x *examined, r *advice.Report) error {
	a := advised{
		Workload: x.name, From: r.From.UTC(), To: r.To.UTC(), Now: r.Now, Floors: r.Floors, Verdict: string(r.Proof.Verdict), Detail: r.Proof.Detail,
		Advice: append([]advice.Advice{}, r.Advice...), Notes: append(append([]string{}, x.notes...), r.Notes...),
	}
	if o.format == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(a)
	}
	return a.table(out)
}

func (a *advised) table(out io.Writer) error {
	var b strings.Builder
	const day = "2006-01-02 15:04"
	fmt.Fprintf(&b, "%s, replayed from %s to %s UTC\n", a.Workload, a.From.Format(day), a.To.Format(day))
	fmt.Fprintf(&b, "now             %s\n", a.Now)
	if a.Floors != nil && *a.Floors != a.Now {
		fmt.Fprintf(&b, "with floors     %s\n", *a.Floors)
	}
	fmt.Fprintf(&b, "proof           %s: %s\n", a.Verdict, a.Detail)
	for _, n := range a.Notes {
		wrapped(&b, "note            ", n)
	}
	if len(a.Advice) == 0 {
		b.WriteString("\nNothing to advise: no change of the HPA saves 1 % of the pod-hours, or a short minute a week.\n")
	}
	for i, x := range a.Advice {
		fmt.Fprintf(&b, "\n%d. %s: %s → %s\n", i+1, x.Field, x.Now, x.Better)
		fmt.Fprintf(&b, "   %s, %s confidence: %s\n", x.Kind, x.Confidence, x.Change())
		wrapped(&b, "   ", x.Why)
		var facts []string
		for _, f := range x.Evidence {
			facts = append(facts, f.String())
		}
		wrapped(&b, "   Evidence: ", strings.Join(facts, "; ")+".")
	}
	if len(a.Advice) > 1 {
		b.WriteString("\nEach was measured alone. Change one, and ask again.\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// wrapped writes a sentence in lines of textWidth, the later ones under the
// first.
func wrapped(b *strings.Builder, first, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(first)-len(strings.TrimLeft(first, " ")))
	if !strings.HasPrefix(first, " ") {
		indent = strings.Repeat(" ", utf8.RuneCountInString(first))
	}
	b.WriteString(first)
	col, empty := utf8.RuneCountInString(first), true
	const glue = "\u00a0" // no line ends between a number and its %
	for word := range strings.SplitSeq(strings.ReplaceAll(text, " %", glue+"%"), " ") {
		word = strings.ReplaceAll(word, glue, " ")
		n := utf8.RuneCountInString(word)
		switch {
		case empty:
		case col+1+n > textWidth:
			b.WriteString("\n" + indent)
			col = utf8.RuneCountInString(indent)
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col, empty = col+n, false
	}
	b.WriteByte('\n')
}
