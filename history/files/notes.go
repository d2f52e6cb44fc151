package files

import (
	"fmt"
	"strings"

	"github.com/highwater-dev/highwater/forecast"
)

// QualityNote says which points of a load are not used as they are; empty if all
// are.
func QualityNote(q forecast.Quality) string {
	var found []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{q.Missing, "missing in gaps"}, {q.Duplicates, "given twice"}, {q.Unordered, "out of order"},
		{q.NonFinite, "no number"}, {q.Negative, "negative, taken as unknown"},
	} {
		if c.n > 0 {
			found = append(found, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf("of the %d points read: %s", q.Points, strings.Join(found, ", "))
}

// NotesOf puts a file's name before each note on it.
func NotesOf(path string, notes []string) []string {
	named := make([]string, len(notes))
	for i, n := range notes {
		named[i] = Shown(path) + ": " + n
	}
	return named
}
