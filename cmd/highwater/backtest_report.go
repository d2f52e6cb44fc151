package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// report prints what came of the files. Its error joins those of the files
// that could not be used.
func (o *backtestFlags) report(out io.Writer, list []tested) error {
	var scores, bases []backtest.Score
	var errs []error
	for i := range list {
		if list[i].err != nil {
			errs = append(errs, list[i].err)
			continue
		}
		scores, bases = append(scores, list[i].score), append(bases, list[i].base)
	}
	var err error
	switch {
	case o.output == "json":
		err = o.json(out, list, backtest.Summarize(scores, bases))
	case len(scores) > 0:
		err = o.table(out, list, backtest.Summarize(scores, bases))
	}
	return errors.Join(append(errs, err)...)
}

// high is the quantile that the table shows: .95, or the highest below it, or
// the lowest of all.
func (o *backtestFlags) high() float64 {
	best := o.protocol.Taus[0]
	for _, tau := range o.protocol.Taus {
		if tau <= 0.95 {
			best = tau
		}
	}
	return best
}

func (o *backtestFlags) table(out io.Writer, list []tested, sum backtest.Summary) error {
	tau := o.high()
	at := strings.TrimPrefix(plain(tau), "0")
	k := index(sum.Taus, tau)
	rows := [][]string{{"SERIES", "ORIGINS", "≤30m", "≤3h", "≤" + model.Duration(o.protocol.Horizon).String(), "COVER " + at, "PEAK " + at, "MASE", "FIT"}}
	total := 0
	var took []time.Duration
	for i := range list {
		t := &list[i]
		if t.err != nil {
			continue
		}
		s := &t.score
		total += s.Origins
		took = append(took, t.took)
		rows = append(rows, []string{t.task.Name, strconv.Itoa(s.Origins), cellOf(s.Ratio(&t.base, backtest.Near)), cellOf(s.Ratio(&t.base, backtest.Mid)),
			cellOf(s.Ratio(&t.base, backtest.Far)), cellOf(s.Coverage(tau)), cellOf(s.PeakCoverage(tau)), cellOf(s.MASE()), millis(t.took)})
	}
	if sum.Series > 1 {
		rows = append(rows, []string{fmt.Sprintf("all %d", sum.Series), strconv.Itoa(total), cellOf(sum.Ratio[backtest.Near]), cellOf(sum.Ratio[backtest.Mid]),
			cellOf(sum.Ratio[backtest.Far]), cellOf(sum.Coverage[k]), cellOf(sum.PeakCoverage[k]), cellOf(sum.MASE), millis(median(took))})
	}
	if err := printColumns(out, rows); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nLoss at quantiles %s by horizon, relative to yesterday's value: below 1 is better. COVER is the share of loads below\n"+
		"the %s quantile, PEAK that of largest loads within %s, FIT the median time of a fit with its forecast.\n",
		joinTaus(sum.Taus), plain(tau), model.Duration(o.protocol.Window))
	if sum.Series > 1 {
		fmt.Fprintf(out, "The last row has geometric means, and shares of all targets. The least COVER is %s, of %s.\n", cellOf(sum.Worst[k]), sum.WorstSeries[k])
	}
	for i := range list {
		if t := &list[i]; len(t.failed) > 0 {
			f := t.failed
			fmt.Fprintf(out, "%s: no forecast at %d of %d origins, the first at %s: %s\n", t.task.Name, len(f), len(t.task.Origins),
				f[0].Origin.UTC().Format(time.RFC3339), f[0].Err.Detail)
		}
	}
	return nil
}

func millis(d time.Duration) string { return strconv.FormatFloat(d.Seconds()*1e3, 'f', 1, 64) + "ms" }

// printColumns prints rows of cells, the first column to the left and the
// others, which are numbers, to the right.
func printColumns(out io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + space)
			} else {
				b.WriteString("  " + space + cell)
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// cellOf is a number of the table; a dash if it is not known.
func cellOf(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}

func plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func joinTaus(taus []float64) string {
	var parts []string
	for _, tau := range taus {
		parts = append(parts, plain(tau))
	}
	return strings.Join(parts, ", ")
}

func index(taus []float64, tau float64) int {
	for i, t := range taus {
		if t == tau {
			return i
		}
	}
	return -1
}

// number is a float that JSON can hold: null if it is not known.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// The types below are the JSON that the command prints.
type (
	backtestJSON struct {
		Protocol protocolJSON `json:"protocol"`
		Series   []seriesJSON `json:"series"`
		Total    totalJSON    `json:"total"`
		Errors   []errorJSON  `json:"errors,omitempty"`
	}
	protocolJSON struct {
		Context    model.Duration `json:"context"`
		Horizon    model.Duration `json:"horizon"`
		Step       model.Duration `json:"step"`
		Stride     int            `json:"stride"`
		Start      float64        `json:"start"`
		MinHistory model.Duration `json:"minHistory"`
		Window     model.Duration `json:"window"`
		Quantiles  []float64      `json:"quantiles"`
	}
	measuresJSON struct {
		Ratio        map[string]number `json:"ratio"` // of the pinball loss to the seasonal naive's, by horizon
		Coverage     map[string]number `json:"coverage"`
		PeakCoverage map[string]number `json:"peakCoverage"`
		PeakRatio    map[string]number `json:"peakRatio"`
		MASE         number            `json:"mase"`
	}
	seriesJSON struct {
		Series     string         `json:"series"`
		File       string         `json:"file"`
		Step       model.Duration `json:"step"`
		Origins    int            `json:"origins"`
		Targets    int            `json:"targets"`
		FitSeconds number         `json:"fitSecondsMedian"`
		Failed     []failureJSON  `json:"failed,omitempty"`
		measuresJSON
	}
	totalJSON struct {
		Series      int               `json:"series"`
		Failed      int               `json:"failed"`
		Worst       map[string]number `json:"worstCoverage"`
		WorstSeries map[string]string `json:"worstCoverageSeries"`
		measuresJSON
	}
	failureJSON struct {
		Origin time.Time `json:"origin"`
		Reason string    `json:"reason"`
		Detail string    `json:"detail"`
	}
	errorJSON struct {
		File  string `json:"file"`
		Error string `json:"error"`
	}
)

func (o *backtestFlags) json(out io.Writer, list []tested, sum backtest.Summary) error {
	p := o.protocol
	doc := backtestJSON{Protocol: protocolJSON{o.context, o.horizon, o.step, p.Stride, p.Start, o.minHistory, o.window, p.Taus}, Series: []seriesJSON{}}
	for i := range list {
		t := &list[i]
		if t.err != nil {
			doc.Errors = append(doc.Errors, errorJSON{t.file, t.err.Error()})
			continue
		}
		s := seriesJSON{Series: t.task.Name, File: t.file, Step: model.Duration(t.task.Series.Step), Origins: t.score.Origins, Targets: t.score.Total(),
			FitSeconds: number(t.took.Seconds()), measuresJSON: newMeasures()}
		for _, f := range t.failed {
			s.Failed = append(s.Failed, failureJSON{f.Origin.UTC(), string(f.Err.Reason), f.Err.Detail})
		}
		for _, b := range backtest.Bins {
			s.Ratio[binName(b)] = number(t.score.Ratio(&t.base, b))
		}
		for _, tau := range p.Taus {
			s.Coverage[plain(tau)], s.PeakCoverage[plain(tau)] = number(t.score.Coverage(tau)), number(t.score.PeakCoverage(tau))
			s.PeakRatio[plain(tau)] = number(t.score.PeakRatio(&t.base, tau))
		}
		s.MASE = number(t.score.MASE())
		doc.Series = append(doc.Series, s)
	}
	doc.Total = totalOf(sum)
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

func totalOf(sum backtest.Summary) totalJSON {
	t := totalJSON{Series: sum.Series, Failed: sum.Failed, Worst: map[string]number{}, WorstSeries: map[string]string{}, measuresJSON: newMeasures()}
	for _, b := range backtest.Bins {
		t.Ratio[binName(b)] = number(sum.Ratio[b])
	}
	for k, tau := range sum.Taus {
		q := plain(tau)
		t.Coverage[q], t.PeakCoverage[q], t.PeakRatio[q] = number(sum.Coverage[k]), number(sum.PeakCoverage[k]), number(sum.PeakRatio[k])
		t.Worst[q], t.WorstSeries[q] = number(sum.Worst[k]), sum.WorstSeries[k]
	}
	t.MASE = number(sum.MASE)
	return t
}

func newMeasures() measuresJSON {
	return measuresJSON{Ratio: map[string]number{}, Coverage: map[string]number{}, PeakCoverage: map[string]number{}, PeakRatio: map[string]number{}}
}

// binName is a bin as a key.
func binName(b backtest.Bin) string { return [...]string{"30m", "3h", "horizon"}[b] }
