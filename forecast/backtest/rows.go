package backtest

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Header is the first row of a file of forecasts. Origin and time are seconds
// since 1970 (RFC 3339 is read too), quantile lies within (0, 1), and value is
// in the unit of the load.
const Header = "series,origin,time,quantile,value"

// Write writes f as rows, without the Header: by origin, time and quantile.
// Values are written so that reading gives the same numbers. Targets without a
// forecast have no row. Window maxima are not written.
func (t *Task) Write(w io.Writer, f *Forecasts) error {
	b := bufio.NewWriterSize(w, 1<<16)
	name := quoted(t.Name)
	taus := make([]string, len(f.Taus))
	for j, tau := range f.Taus {
		taus[j] = strconv.FormatFloat(tau, 'g', -1, 64)
	}
	var line []byte
	for i := range t.Origins {
		origin := t.OriginTime(i).Unix()
		for h := 1; h <= t.horizon; h++ {
			row := f.Row(i, h)
			if !given(row) {
				continue
			}
			at := t.Series.Time(t.Origins[i] + h).Unix()
			for j, q := range row {
				line = append(line[:0], name...)
				line = strconv.AppendInt(append(line, ','), origin, 10)
				line = strconv.AppendInt(append(line, ','), at, 10)
				line = append(append(line, ','), taus[j]...)
				line = strconv.AppendFloat(append(line, ','), q, 'g', -1, 64)
				if _, err := b.Write(append(line, '\n')); err != nil {
					return err
				}
			}
		}
	}
	return b.Flush()
}

// quoted is a field of a CSV row.
func quoted(s string) string {
	if strings.ContainsAny(s, "\",\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

// Skipped counts the rows that were read but belong to nothing that is scored.
type Skipped struct {
	Series    int // of a series that no task has
	Origins   int // of an origin or a time that is not the task's
	Quantiles int // of a quantile that is not the protocol's
	Unknown   int // without a finite value
}

// Read reads rows as Write makes them, in any order, from text that may be
// compressed with gzip, and keeps what belongs to tasks. The result has an
// entry for each series with at least one row. Memory is that of the forecasts
// kept, whatever the length of r. An error names the line.
func Read(r io.Reader, method string, tasks map[string]*Task) (map[string]*Forecasts, Skipped, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, Skipped{}, fmt.Errorf("gzip: %w", err)
		}
		defer z.Close()
		b = bufio.NewReaderSize(z, 1<<16)
	}
	rows := csv.NewReader(b)
	rows.FieldsPerRecord = 5
	rows.ReuseRecord = true
	in := reader{method: method, tasks: tasks, out: map[string]*Forecasts{}, origins: map[string]map[int64]int{}}
	for first := true; ; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return in.out, in.skipped, nil
		}
		if err != nil {
			return nil, in.skipped, err
		}
		if first && strings.Join(row, ",") == Header {
			continue
		}
		if err := in.add(row); err != nil {
			line, _ := rows.FieldPos(0)
			return nil, in.skipped, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// A reader sorts rows into forecasts. Neighbouring rows mostly share series
// and origin, so it remembers those of the last.
type reader struct {
	method  string
	tasks   map[string]*Task
	out     map[string]*Forecasts
	origins map[string]map[int64]int // indices by time, by series
	skipped Skipped

	series, origin string // of the last row
	task           *Task  // nil if there is none of that name
	to             *Forecasts
	at             int // index of the origin; -1 if it is not the task's
	start          time.Time
}

func (in *reader) add(row []string) error {
	if row[0] != in.series {
		in.series, in.origin = strings.Clone(row[0]), ""
		in.enter()
	}
	if in.task == nil {
		in.skipped.Series++
		return nil
	}
	if row[1] != in.origin {
		if err := in.depart(row[1]); err != nil {
			return err
		}
	}
	at, err := parseTime(row[2])
	if err != nil {
		return err
	}
	tau, value, err := parseValue(row[3], row[4])
	if err != nil {
		return err
	}
	d := at.Sub(in.start)
	h, j := int(d/in.task.Series.Step), index(in.to.Taus, tau)
	switch {
	case in.at < 0 || d%in.task.Series.Step != 0 || h < 1 || h > in.task.horizon:
		in.skipped.Origins++
	case j < 0:
		in.skipped.Quantiles++
	case math.IsNaN(value) || math.IsInf(value, 0):
		in.skipped.Unknown++
	default:
		in.to.Row(in.at, h)[j] = value
	}
	return nil
}

// enter looks the series of the last row up.
func (in *reader) enter() {
	in.task, in.to = in.tasks[in.series], nil
	if in.task == nil {
		return
	}
	if in.to = in.out[in.series]; in.to != nil {
		return
	}
	in.to = in.task.NewForecasts(in.method)
	in.out[in.series] = in.to
	byTime := make(map[int64]int, len(in.task.Origins))
	for i := range in.task.Origins {
		byTime[in.task.OriginTime(i).UnixNano()] = i
	}
	in.origins[in.series] = byTime
}

// depart looks the origin of the last row up.
func (in *reader) depart(origin string) error {
	t, err := parseTime(origin)
	if err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	in.origin, in.start, in.at = strings.Clone(origin), t, -1
	if i, ok := in.origins[in.series][t.UnixNano()]; ok {
		in.at = i
	}
	return nil
}

// parseValue reads a quantile and its value; an empty value is NaN.
func parseValue(quantile, s string) (tau, value float64, err error) {
	tau, err = strconv.ParseFloat(quantile, 64)
	if err != nil || !(tau > 0 && tau < 1) {
		return 0, 0, fmt.Errorf("quantile %q: want a number within (0, 1)", quantile)
	}
	if s == "" {
		return tau, math.NaN(), nil
	}
	value, err = strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, 0, fmt.Errorf("value %q is not a number", s)
	}
	return tau, value, nil
}

func parseTime(s string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(seconds) < 1e11 {
		return time.UnixMilli(int64(math.Round(seconds * 1000))), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("time %q is neither seconds since 1970 nor RFC 3339", s)
	}
	return t, nil
}
