package files

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A table is text in rows and columns.
type table struct {
	text      string
	separator rune
	skipped   int // lines before text
	rows      [][]string
	header    []string
	notes     []string
	joined    int // the column whose times of day were joined with the dates; 0 if none
}

// rowsOf cuts text into rows.
func rowsOf(text string) (*table, error) {
	t := &table{text: text}
	if first, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(strings.ToLower(first), "sep=") {
		if s := []rune(strings.TrimRight(first[4:], "\r")); len(s) == 1 && s[0] != '"' && s[0] != '\uFFFD' && s[0] != '#' {
			t.separator, t.text, t.skipped = s[0], rest, 1
		}
	}
	if t.separator == 0 {
		t.separator = sniff(t.text)
	}
	if name, ok := map[rune]string{'\t': "tabs", ';': "semicolons", '|': "bars"}[t.separator]; ok {
		t.notes = append(t.notes, "columns are separated by "+name)
	}
	r := t.reader()
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if p, ok := errors.AsType[*csv.ParseError](err); ok {
			p.StartLine += t.skipped
			p.Line += t.skipped
		}
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(strings.Join(row, "")) != "" {
			t.rows = append(t.rows, row)
		}
	}
}

func (t *table) reader() *csv.Reader {
	r := csv.NewReader(strings.NewReader(t.text))
	r.Comma, r.Comment, r.FieldsPerRecord = t.separator, '#', -1
	r.TrimLeadingSpace = t.separator != '\t' && t.separator != ' '
	return r
}

// sniff returns the separator that each of the first lines has: a tab, a
// semicolon, a bar or a comma, in this order; a comma if none is.
func sniff(text string) rune {
	candidates := []rune{'\t', ';', '|', ','}
	missing := map[rune]bool{}
	seen := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		found, quoted := map[rune]bool{}, false
		for _, r := range line {
			if r == '"' {
				quoted = !quoted
			} else if !quoted {
				found[r] = true
			}
		}
		for _, c := range candidates {
			missing[c] = missing[c] || !found[c]
		}
		if seen++; seen == 30 {
			break
		}
	}
	for _, c := range candidates {
		if seen > 0 && !missing[c] {
			return c
		}
	}
	return ','
}

// at makes an error about a cell name its line and column, both from one. The row
// is counted without the header.
func (t *table) at(row, field int, err error) error {
	r := t.reader()
	if t.header != nil {
		row++
	}
	for i := 0; ; {
		cells, e := r.Read()
		if e != nil {
			return err
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if i == row {
			line, column := r.FieldPos(min(field, len(cells)-1))
			return fmt.Errorf("line %d, column %d: %w", line+t.skipped, column, err)
		}
		i++
	}
}

// cell returns a field of a row; empty where the row has fewer.
func cell(row []string, field int) string {
	if field < len(row) {
		return row[field]
	}
	return ""
}

// column returns all cells of a column.
func (t *table) column(field int) []string {
	cells := make([]string, len(t.rows))
	for i, row := range t.rows {
		cells[i] = cell(row, field)
	}
	return cells
}

// name returns the header of a column, or its number from one.
func (t *table) name(field int) string {
	if s := strings.Join(strings.Fields(cell(t.header, field)), " "); s != "" {
		return s
	}
	return fmt.Sprintf("column %d", field+1)
}

// sample are the rows by which columns are told apart.
const sample = 50

// findTime returns the column of the times: the first with dates, else one that a
// header calls so, else the first unless only another can hold seconds since 1970.
func (t *table) findTime(rows [][]string, header []string) int {
	rows = rows[:min(len(rows), sample)]
	width := 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	every := func(field int, is func(string) bool) bool {
		for _, row := range rows {
			if !is(cell(row, field)) {
				return false
			}
		}
		return true
	}
	numeric := func(s string) bool { _, ok := plainNumber(s); return ok }
	for _, is := range []func(field int) bool{
		func(field int) bool { return every(field, dated) },
		func(field int) bool { return isTimeWord(cell(header, field)) && every(field, numeric) },
		func(field int) bool { return epochs(rows, field) },
	} {
		for field := range width {
			if is(field) {
				return field
			}
		}
	}
	return 0
}

// epochs says whether a column can hold seconds, or less, since 1970: rising
// or falling numbers after 1973.
func epochs(rows [][]string, field int) bool {
	rises, falls, before := 0, 0, 0.0
	for i, row := range rows {
		v, ok := plainNumber(cell(row, field))
		if !ok || !(v > 1e8 && v < 1e20) {
			return false
		}
		if i > 0 && v > before {
			rises++
		} else if i > 0 && v < before {
			falls++
		}
		before = v
	}
	return rises == 0 || falls == 0
}

func isTimeWord(s string) bool {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(s), "_")) {
	case "time", "timestamp", "ts", "date", "datetime", "date time", "zeit", "datum", "zeitstempel", "unixtime", "epoch", "fecha", "date/time":
		return true
	}
	return false
}

// parts finds the column of the times, and takes the header off the rows.
func (t *table) parts() (timeField int) {
	first, rest := t.rows[0], t.rows[1:]
	if len(rest) == 0 {
		rest = t.rows
	}
	timeField = t.findTime(rest, first)
	_, number := plainNumber(cell(first, timeField))
	if number || dated(cell(first, timeField)) {
		return t.findTime(t.rows, nil)
	}
	named := isTimeWord(cell(first, timeField)) || len(first) > 1
	for i, s := range first {
		if _, number := plainNumber(s); i != timeField && number && !isTimeWord(cell(first, timeField)) {
			named = false
		}
	}
	if named {
		t.header, t.rows = first, t.rows[1:]
	}
	return timeField
}
