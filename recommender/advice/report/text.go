package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/price"
)

// width is that of sentences, in characters.
const width = 110

// Text writes the document for a terminal.
func (d *Document) Text(w io.Writer) error {
	var b strings.Builder
	const day = "2006-01-02 15:04"
	fmt.Fprintf(&b, "%s, replayed from %s to %s UTC\n", d.Workload, d.From.Format(day), d.To.Format(day))
	fmt.Fprintf(&b, "now             %s%s\n", d.Now, d.costs(d.Now))
	if d.Floors != nil && *d.Floors != d.Now {
		fmt.Fprintf(&b, "with floors     %s%s\n", *d.Floors, d.costs(*d.Floors))
	}
	if d.Price != nil {
		fmt.Fprintf(&b, "price           %s\n", *d.Price)
	}
	fmt.Fprintf(&b, "proof           %s: %s\n", d.Verdict, d.Detail)
	for _, n := range d.Notes {
		wrapped(&b, "note            ", n)
	}
	if len(d.Advice) == 0 {
		b.WriteString("\nNothing to advise: no change of the HPA saves 1 % of the pod-hours, or a short minute a week.\n")
	}
	for i, x := range d.Advice {
		fmt.Fprintf(&b, "\n%d. %s: %s → %s\n", i+1, x.Field, x.Now, x.Better)
		fmt.Fprintf(&b, "   %s, %s confidence: %s\n", x.Kind, x.Confidence, x.Change()+d.saves(x))
		wrapped(&b, "   ", x.Why)
		var facts []string
		for _, f := range x.Evidence {
			facts = append(facts, f.String())
		}
		wrapped(&b, "   Evidence: ", strings.Join(facts, "; ")+".")
	}
	if len(d.Advice) > 1 {
		b.WriteString("\nEach was measured alone. Change one, and ask again.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// costs is what a week costs, after what it takes; empty without a price.
func (d *Document) costs(w advice.Week) string {
	if d.Price == nil {
		return ""
	}
	return ", " + price.Amount(d.Price.PodHour*w.PodHours, d.Price.Currency)
}

// saves is what advice changes of the costs of a week; empty without a price.
func (d *Document) saves(x advice.Advice) string {
	if d.Price == nil || x.Cost == nil {
		return ""
	}
	sign := "+"
	if *x.Cost < 0 {
		sign = "−"
	}
	return fmt.Sprintf(", %s%s a week", sign, price.Amount(math.Abs(*x.Cost), d.Price.Currency))
}

// wrapped writes a sentence in lines of width, the later ones under the first.
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
		case col+1+n > width:
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
