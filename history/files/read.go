// Package files reads loads from the files that people have: CSV with any of
// the usual separators, the download of a Grafana panel, and the saved answer of
// Prometheus' query_range; compressed with gzip or not.
//
//	f, err := files.Open("panel.csv", files.Options{})
//	load, err := f.One()
//	fmt.Println(len(load.Points), f.Notes)
//
// A form that can be told is read, and what was assumed is in File.Notes. A form
// that can be read in two ways is refused, with the remedy.
package files

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// Options say what a file does not. The zero value is the default.
type Options struct {
	Zone   *time.Location // of times without a zone; UTC if nil
	Column string         // the only load to read, by name or by number from 1; all if empty
	Rate   bool           // the file holds counters: read their rates
	Raw    bool           // counters are kept as they are
}

// A Load is one column of a table, or one series of an answer.
type Load struct {
	Name   string // the column's header or the series' labels; empty if there is neither
	Points []forecast.Point
}

// A File is what was read. A file without a row has no load.
type File struct {
	Loads []Load
	Notes []string // what was assumed, for the user
}

// Open reads the file at path, as Read does.
func Open(path string, o Options) (File, error) {
	r, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer r.Close()
	f, err := Read(r, o)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Read reads r to its end. Rows may be in any order. A value that is missing is
// left out or NaN; infinite and negative ones are kept, for forecast.NewSeries to
// count. A counter is an error unless o.Rate or o.Raw is set.
func Read(r io.Reader, o Options) (File, error) {
	text, err := decode(r)
	if err != nil {
		return File{}, err
	}
	var f File
	if s := strings.TrimLeft(text, " \t\r\n"); strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		f, err = readAnswer(s, o)
	} else {
		f, err = readTable(text, o)
	}
	if err != nil {
		return File{}, err
	}
	for i := range f.Loads {
		l := &f.Loads[i]
		note := ""
		if o.Rate {
			note, err = l.toRate()
		} else if n, ok := Counter(l.Points); ok && !o.Raw {
			err = counterError(n)
		}
		if err != nil && len(f.Loads) > 1 {
			err = fmt.Errorf("column %q: %w", l.Name, err)
		}
		if err != nil {
			return File{}, err
		}
		if note != "" {
			f.Notes = append(f.Notes, note)
		}
	}
	return f, nil
}

// traceColumn has the load of a trace that also has labels.
const traceColumn = "value"

// Points reads the only series of r, which may be a counter, or the column "value"
// of several: how traces are published, with a label beside each value.
func Points(r io.Reader) ([]forecast.Point, error) {
	f, err := Read(r, Options{Raw: true})
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(f.Loads, func(l Load) bool { return l.Name == traceColumn }); i >= 0 {
		return f.Loads[i].Points, nil
	}
	l, err := f.One()
	return l.Points, err
}

// One returns the only load; a load without points if the file has no row. It
// is an error if there are several.
func (f File) One() (Load, error) {
	switch len(f.Loads) {
	case 0:
		return Load{}, nil
	case 1:
		return f.Loads[0], nil
	}
	names := make([]string, len(f.Loads))
	for i, l := range f.Loads {
		names[i] = l.Name
	}
	return Load{}, fmt.Errorf("it holds %d loads, %s: pick one with --column", len(names), list(names))
}

// pick returns which of the names is wanted: by itself, without regard to case,
// or by its number in numbers.
func pick(names []string, numbers []int, want string) (int, error) {
	for _, same := range []func(i int) bool{
		func(i int) bool { return names[i] == want },
		func(i int) bool { return strings.EqualFold(names[i], want) },
		func(i int) bool { return strconv.Itoa(numbers[i]) == want },
	} {
		for i := range names {
			if same(i) {
				return i, nil
			}
		}
	}
	if len(names) == 0 {
		return 0, fmt.Errorf("--column %q: there is no load", want)
	}
	return 0, fmt.Errorf("--column %q: the loads are %s", want, list(names))
}

// list quotes up to 12 names.
func list(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i == 12 {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(n))
	}
	return b.String()
}

// distinctNames gives the second load of a name, and further ones, a number.
func distinctNames(names []string) {
	seen := map[string]int{}
	for i, n := range names {
		for seen[n]++; seen[names[i]] > 1; seen[names[i]]++ {
			names[i] = fmt.Sprintf("%s #%d", n, seen[n])
			seen[n]++
		}
	}
}
