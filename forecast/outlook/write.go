package outlook

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// CSV writes a row for each step: its time, the quantiles of the load, those of the
// largest load of the window if they were asked for, and the load that came if it
// is known by now.
func (o *Outlook) CSV(w io.Writer) error {
	var b strings.Builder
	b.WriteString("time")
	for _, prefix := range []string{"q", "peak_q"} {
		if prefix == "q" || o.Peaks != nil {
			for _, tau := range o.Load.Taus {
				b.WriteString("," + prefix + strconv.FormatFloat(tau, 'g', -1, 64))
			}
		}
	}
	b.WriteString(",came\n")
	for i := range o.Load.Steps() {
		b.WriteString(o.stamp(o.Load.Time(i)))
		writeRow(&b, o.Load.Row(i))
		if o.Peaks != nil {
			writeRow(&b, o.Peaks.Row(i))
		}
		b.WriteByte(',')
		if y := o.actualAt(i); !math.IsNaN(y) {
			b.WriteString(short(y))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
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

// A Document is the JSON of an outlook.
type Document struct {
	Series     string      `json:"series"`
	Query      string      `json:"query,omitempty"`
	At         time.Time   `json:"at"`
	Origin     *time.Time  `json:"origin,omitempty"`
	Step       string      `json:"step,omitempty"`
	Span       string      `json:"span,omitempty"`
	Method     string      `json:"method,omitempty"`
	Quality    Quality     `json:"quality"`
	Warnings   []string    `json:"warnings,omitempty"`
	Assumed    []string    `json:"assumed,omitempty"` // of the file
	NoForecast *NoForecast `json:"noForecast,omitempty"`
	Quantiles  []float64   `json:"quantiles,omitempty"`
	Rows       []Row       `json:"rows,omitempty"`
}

// Quality counts the points of the history, and what was wrong with some.
type Quality struct {
	Points     int `json:"points"`
	Known      int `json:"known"`
	Missing    int `json:"missing"`
	Gaps       int `json:"gaps"`
	Duplicates int `json:"duplicates"`
	Unordered  int `json:"unordered"`
	NonFinite  int `json:"nonFinite"`
	Negative   int `json:"negative"`
}

// NoForecast is why there is none.
type NoForecast struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// A Row is one step of the forecast.
type Row struct {
	Time   time.Time `json:"time"`
	Values []float64 `json:"values"`
	Peaks  []float64 `json:"peaks,omitempty"`
	Actual *float64  `json:"came,omitempty"`
}

// JSON writes a Document; without a forecast, too.
func (o *Outlook) JSON(w io.Writer) error {
	q := o.Quality
	doc := Document{Series: o.Name, Query: o.Query, At: o.At.In(o.Zone), Warnings: o.Notes, Assumed: o.Assumed,
		Quality: Quality{q.Points, o.History.Known(), q.Missing, q.Gaps, q.Duplicates, q.Unordered, q.NonFinite, q.Negative}}
	if o.None != nil {
		doc.NoForecast = &NoForecast{string(o.None.Reason), o.None.Detail}
	} else {
		origin := o.Model.Origin().In(o.Zone)
		doc.Origin, doc.Step, doc.Span = &origin, model.Duration(o.Model.Step()).String(), model.Duration(o.Model.Span()).String()
		doc.Method, doc.Quantiles = o.Model.Method(), o.Load.Taus
		for i := range o.Load.Steps() {
			r := Row{Time: o.Load.Time(i).In(o.Zone), Values: o.Load.Row(i)}
			if o.Peaks != nil {
				r.Peaks = o.Peaks.Row(i)
			}
			if y := o.actualAt(i); !math.IsNaN(y) {
				r.Actual = &y
			}
			doc.Rows = append(doc.Rows, r)
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}
