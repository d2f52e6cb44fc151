package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/history/files"
)

// print writes the outlook as asked for, and tells on errOut what it rests on.
// It returns the reason if there is no forecast; as JSON it is also written.
func (o *forecastFlags) print(look *outlook, out, errOut io.Writer) error {
	if look.none != nil && o.format != "json" {
		return fmt.Errorf("%s: %w", look.name, look.none)
	}
	for _, line := range look.explain() {
		fmt.Fprintln(errOut, line)
	}
	if err := o.write(look, out); err != nil {
		return err
	}
	if look.none != nil {
		return fmt.Errorf("%s: %w", look.name, look.none)
	}
	return nil
}

// write writes the outlook to the file of the flags, or to out without one.
func (o *forecastFlags) write(look *outlook, out io.Writer) error {
	form := func(to io.Writer) error {
		switch o.format {
		case "csv":
			return look.csv(to)
		case "json":
			return look.json(to)
		}
		return look.plot(to, o.file)
	}
	if o.file == "" {
		return form(out)
	}
	w, err := createOutput(o.file)
	if err != nil {
		return fmt.Errorf("--output-file: %w", err)
	}
	defer w.discard()
	if err := form(w); err != nil {
		return err
	}
	return w.commit()
}

// explain returns lines on what the forecast rests on.
func (look *outlook) explain() []string {
	var lines []string
	if m := look.model; m != nil {
		s := look.history
		known := fmt.Sprintf("%d samples", s.Known())
		if s.Known() < s.Len() {
			known = fmt.Sprintf("%d of %d samples known", s.Known(), s.Len())
		}
		lines = append(lines, fmt.Sprintf("%s: %s", look.name, m.Method()),
			fmt.Sprintf("from %s of history up to %s in steps of %s, %s", model.Duration(m.Span()), stamp(m.Origin(), look.zone), model.Duration(m.Step()), known))
	}
	if n := files.QualityNote(look.quality); n != "" {
		lines = append(lines, n)
	}
	return append(lines, look.notes...)
}

// csv writes a row for each step: its time, the load if it is known by now, the
// quantiles, and those of the largest load of the window if they were asked for.
func (look *outlook) csv(out io.Writer) error {
	var b strings.Builder
	b.WriteString("time")
	for _, tau := range look.load.Taus {
		b.WriteString(",q" + plain(tau))
	}
	if look.peaks != nil {
		for _, tau := range look.load.Taus {
			b.WriteString(",peak_q" + plain(tau))
		}
	}
	b.WriteString(",came\n")
	for i := range look.load.Steps() {
		b.WriteString(stamp(look.load.Time(i), look.zone))
		writeRow(&b, look.load.Row(i))
		if look.peaks != nil {
			writeRow(&b, look.peaks.Row(i))
		}
		b.WriteByte(',')
		if y := look.cameAt(i); !math.IsNaN(y) {
			b.WriteString(short(y))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func writeRow(b *strings.Builder, row []float64) {
	for _, q := range row {
		b.WriteByte(',')
		b.WriteString(short(q))
	}
}

// short writes a load with the digits that can matter.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 7, 64) }

// cameAt returns the load that came at the i-th step; NaN if it is not known.
func (look *outlook) cameAt(i int) float64 {
	if look.came.Len() == 0 {
		return math.NaN()
	}
	k := look.came.Index(look.load.Time(i))
	if k < 0 || k >= look.came.Len() {
		return math.NaN()
	}
	return look.came.Values[k]
}

// The types below are the JSON that the command prints.
type (
	outlookJSON struct {
		Series     string          `json:"series"`
		Query      string          `json:"query,omitempty"`
		At         time.Time       `json:"at"`
		Origin     *time.Time      `json:"origin,omitempty"`
		Step       string          `json:"step,omitempty"`
		Span       string          `json:"span,omitempty"`
		Method     string          `json:"method,omitempty"`
		Quality    qualityJSON     `json:"quality"`
		Warnings   []string        `json:"warnings,omitempty"`
		Assumed    []string        `json:"assumed,omitempty"` // of the file
		NoForecast *noForecastJSON `json:"noForecast,omitempty"`
		Quantiles  []float64       `json:"quantiles,omitempty"`
		Rows       []rowJSON       `json:"rows,omitempty"`
	}
	qualityJSON struct {
		Points     int `json:"points"`
		Known      int `json:"known"`
		Missing    int `json:"missing"`
		Gaps       int `json:"gaps"`
		Duplicates int `json:"duplicates"`
		Unordered  int `json:"unordered"`
		NonFinite  int `json:"nonFinite"`
		Negative   int `json:"negative"`
	}
	noForecastJSON struct {
		Reason string `json:"reason"`
		Detail string `json:"detail"`
	}
	rowJSON struct {
		Time   time.Time `json:"time"`
		Values []float64 `json:"values"`
		Peaks  []float64 `json:"peaks,omitempty"`
		Came   *float64  `json:"came,omitempty"`
	}
)

func (look *outlook) json(out io.Writer) error {
	q := look.quality
	doc := outlookJSON{Series: look.name, Query: look.query, At: look.at.In(look.zone), Warnings: look.notes, Assumed: look.assumed,
		Quality: qualityJSON{q.Points, look.history.Known(), q.Missing, q.Gaps, q.Duplicates, q.Unordered, q.NonFinite, q.Negative}}
	if look.none != nil {
		doc.NoForecast = &noForecastJSON{string(look.none.Reason), look.none.Detail}
	} else {
		origin := look.model.Origin().In(look.zone)
		doc.Origin, doc.Step, doc.Span = &origin, model.Duration(look.model.Step()).String(), model.Duration(look.model.Span()).String()
		doc.Method, doc.Quantiles = look.model.Method(), look.load.Taus
		for i := range look.load.Steps() {
			r := rowJSON{Time: look.load.Time(i).In(look.zone), Values: look.load.Row(i)}
			if look.peaks != nil {
				r.Peaks = look.peaks.Row(i)
			}
			if y := look.cameAt(i); !math.IsNaN(y) {
				r.Came = &y
			}
			doc.Rows = append(doc.Rows, r)
		}
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
