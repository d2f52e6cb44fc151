package history

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// maxUnix is the year 5138 in seconds; what is beyond is in milliseconds.
const maxUnix = 1e11

// OpenCSV reads the file at path, as ReadCSV does.
func OpenCSV(path string) ([]forecast.Point, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	points, err := ReadCSV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return points, nil
}

// ReadCSV reads rows of a time, a value and anything more, which is left out.
// The time is RFC 3339 or seconds since 1970, whole or not; a value may be
// missing or NaN, and is NaN then. The first row may be a header. The text may
// be compressed with gzip. Rows may be in any order.
//
// An error names the line and the column, both from one.
func ReadCSV(r io.Reader) ([]forecast.Point, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		defer z.Close()
		b = bufio.NewReader(z)
	}
	if bom, _ := b.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	rows := csv.NewReader(b)
	rows.FieldsPerRecord = -1
	rows.ReuseRecord = true
	rows.Comment = '#'
	rows.TrimLeadingSpace = true
	var points []forecast.Point
	for first := true; ; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return points, nil
		}
		if err != nil {
			return nil, err
		}
		p, column, err := parseRow(row)
		if err != nil {
			if first && isHeader(row) {
				continue
			}
			line, col := rows.FieldPos(min(column, len(row)-1))
			return nil, fmt.Errorf("line %d, column %d: %w", line, col, err)
		}
		points = append(points, p)
	}
}

// parseRow also returns the index of the field that an error is about.
func parseRow(row []string) (forecast.Point, int, error) {
	if len(row) < 2 {
		return forecast.Point{}, 0, fmt.Errorf("one field, want a time and a value")
	}
	t, err := parseTime(strings.TrimSpace(row[0]))
	if err != nil {
		return forecast.Point{}, 0, err
	}
	s := strings.TrimSpace(row[1])
	if s == "" {
		return forecast.Point{Time: t, Value: math.NaN()}, 0, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return forecast.Point{}, 1, fmt.Errorf("value %q is not a number", s)
	}
	return forecast.Point{Time: t, Value: v}, 0, nil
}

func parseTime(s string) (time.Time, error) {
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return t, fmt.Errorf("time %q is neither seconds since 1970 nor RFC 3339", s)
		}
		seconds = float64(t.Unix())
		if !(seconds >= 0 && seconds <= maxUnix) {
			return t, fmt.Errorf("time %q is before 1970", s)
		}
		return t.UTC(), nil
	}
	switch {
	case seconds > maxUnix:
		return time.Time{}, fmt.Errorf("time %q looks like milliseconds, want seconds", s)
	case !(seconds >= 0):
		return time.Time{}, fmt.Errorf("time %q is before 1970", s)
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), nil
}

// isHeader reports whether a row that does not parse is one of names.
func isHeader(row []string) bool {
	for _, s := range row[:min(2, len(row))] {
		if _, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			return false
		}
		if _, err := time.Parse(time.RFC3339, strings.TrimSpace(s)); err == nil {
			return false
		}
	}
	return true
}
