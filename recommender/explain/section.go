package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// A Section is one part of a story. The first has no title.
type Section struct {
	Title string `json:"title" doc:"Empty for the first"`
	Lines []Line `json:"lines"`
}

// A Line is a sentence, or a row of a table: rows that follow each other are one.
type Line struct {
	Text  string   `json:"text,omitempty" doc:"A sentence; not there in a row"`
	Cells []string `json:"cells,omitempty" doc:"A row; not there in a sentence"`
}

func (s *Section) line(format string, args ...any) {
	s.Lines = append(s.Lines, Line{Text: fmt.Sprintf(format, args...)})
}

func (s *Section) row(cells ...string) { s.Lines = append(s.Lines, Line{Cells: cells}) }

const indent = "  "

// Print writes a story for a terminal: its title, its sections, and what to do
// next. Sentences are broken between words to keep within width; rows are not.
func Print(w io.Writer, title string, sections []Section, next []string, width int) error {
	steps := Section{Title: "What to do next"}
	for _, step := range next {
		steps.line("- %s", step)
	}
	var b strings.Builder
	b.WriteString(title + "\n")
	for _, s := range append(slices.Clip(sections), steps) {
		b.WriteByte('\n')
		if s.Title != "" {
			b.WriteString(s.Title + "\n")
		}
		s.print(&b, width)
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil { // a table pads
			return err
		}
	}
	return nil
}

func (s *Section) print(b *strings.Builder, width int) {
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, l := range s.Lines {
		if len(l.Cells) > 0 {
			fmt.Fprintln(table, indent+strings.Join(l.Cells, "\t"))
			continue
		}
		_ = table.Flush() // a strings.Builder does not fail
		wrap(b, l.Text, width)
	}
	_ = table.Flush()
}

// wrap writes one sentence, broken between words.
func wrap(b *strings.Builder, text string, width int) {
	used := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			b.WriteString(indent)
		case used+1+n > width-len(indent):
			b.WriteString("\n" + indent + indent)
			used = len(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	b.WriteByte('\n')
}
