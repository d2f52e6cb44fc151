package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// A Document is the JSON of a report.
type Document struct {
	Protocol Protocol      `json:"protocol"`
	Series   []SeriesScore `json:"series"`
	Total    Total         `json:"total"`
	Errors   []FileError   `json:"errors,omitempty"`
}

// A Protocol is how the backtest was made.
type Protocol struct {
	Context    model.Duration `json:"context"`
	Horizon    model.Duration `json:"horizon"`
	Step       model.Duration `json:"step"`
	Stride     int            `json:"stride"`
	Start      float64        `json:"start"`
	MinHistory model.Duration `json:"minHistory"`
	Window     model.Duration `json:"window"`
	Quantiles  []float64      `json:"quantiles"`
}

// Measures are of one series, or of all; by horizon or by quantile.
type Measures struct {
	Ratio        map[string]number `json:"ratio"` // of the pinball loss to the seasonal naive's, by horizon
	Coverage     map[string]number `json:"coverage"`
	PeakCoverage map[string]number `json:"peakCoverage"`
	PeakRatio    map[string]number `json:"peakRatio"`
	MASE         number            `json:"mase"`
}

// A SeriesScore is what came of one series.
type SeriesScore struct {
	Series     string         `json:"series"`
	File       string         `json:"file"`
	Step       model.Duration `json:"step"`
	Origins    int            `json:"origins"`
	Targets    int            `json:"targets"`
	FitSeconds number         `json:"fitSecondsMedian"`
	Failed     []Failure      `json:"failed,omitempty"`
	Measures
}

// A Total is what came of all series.
type Total struct {
	Series      int               `json:"series"`
	Failed      int               `json:"failed"`
	Worst       map[string]number `json:"worstCoverage"`
	WorstSeries map[string]string `json:"worstCoverageSeries"`
	Measures
}

// A Failure is an origin without a forecast.
type Failure struct {
	Origin time.Time `json:"origin"`
	Reason string    `json:"reason"`
	Detail string    `json:"detail"`
}

// A FileError is a file that could not be tested.
type FileError struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

func (r *Report) json(w io.Writer, sum backtest.Summary) error {
	p := r.Protocol
	doc := Document{Protocol: Protocol{
		model.Duration(p.Context), model.Duration(p.Horizon), model.Duration(p.Step), p.Stride, p.Start,
		model.Duration(p.MinHistory), model.Duration(p.Window), p.Taus}, Series: []SeriesScore{}}
	for i := range r.Series {
		t := &r.Series[i]
		if t.Err != nil {
			doc.Errors = append(doc.Errors, FileError{t.File, t.Err.Error()})
			continue
		}
		s := SeriesScore{Series: t.Task.Name, File: t.File, Step: model.Duration(t.Task.Series.Step), Origins: t.Score.Origins, Targets: t.Score.Total(),
			FitSeconds: number(t.Took.Seconds()), Measures: noMeasures()}
		for _, f := range t.Failed {
			s.Failed = append(s.Failed, Failure{f.Origin.UTC(), string(f.Err.Reason), f.Err.Detail})
		}
		for _, b := range backtest.Bins {
			s.Ratio[binName(b)] = number(t.Score.Ratio(&t.Base, b))
		}
		for _, tau := range p.Taus {
			s.Coverage[plain(tau)], s.PeakCoverage[plain(tau)] = number(t.Score.Coverage(tau)), number(t.Score.PeakCoverage(tau))
			s.PeakRatio[plain(tau)] = number(t.Score.PeakRatio(&t.Base, tau))
		}
		s.MASE = number(t.Score.MASE())
		doc.Series = append(doc.Series, s)
	}
	doc.Total = totalOf(sum)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

func totalOf(sum backtest.Summary) Total {
	t := Total{Series: sum.Series, Failed: sum.Failed, Worst: map[string]number{}, WorstSeries: map[string]string{}, Measures: noMeasures()}
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

func noMeasures() Measures {
	return Measures{Ratio: map[string]number{}, Coverage: map[string]number{}, PeakCoverage: map[string]number{}, PeakRatio: map[string]number{}}
}

// binName is a bin as a key.
func binName(b backtest.Bin) string { return [...]string{"30m", "3h", "horizon"}[b] }
