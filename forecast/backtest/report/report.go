// Package report prints backtests: as a table for people, and as JSON.
//
// The JSON holds every measure of every series; the table those that a reader
// compares, with a line on what they are.
package report

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// A Series is what came of one load of a file.
type Series struct {
	File   string
	Task   *backtest.Task
	Failed []backtest.Failure
	Score  backtest.Score // of the model
	Base   backtest.Score // of the seasonal naive forecast
	Took   time.Duration  // the median of a fit with its forecast
	Err    error          // why it could not be tested; nothing else is set then
}

// A Report is what came of all files.
type Report struct {
	Protocol backtest.Protocol
	Series   []Series
}

// Write prints the report as a table, or as JSON. A table without a series that
// could be tested is empty.
func (r *Report) Write(w io.Writer, asJSON bool) error {
	var scores, bases []backtest.Score
	for i := range r.Series {
		if s := &r.Series[i]; s.Err == nil {
			scores, bases = append(scores, s.Score), append(bases, s.Base)
		}
	}
	switch {
	case asJSON:
		return r.json(w, backtest.Summarize(scores, bases))
	case len(scores) > 0:
		return r.table(w, backtest.Summarize(scores, bases))
	}
	return nil
}

// Failed joins the errors of the series that could not be tested.
func (r *Report) Failed() error {
	var errs []error
	for i := range r.Series {
		errs = append(errs, r.Series[i].Err)
	}
	return errors.Join(errs...)
}

// Median returns the middle of ds, or zero if there is none. It sorts ds.
func Median(ds []time.Duration) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	slices.Sort(ds)
	return ds[len(ds)/2]
}

func plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func joinTaus(taus []float64) string {
	var parts []string
	for _, tau := range taus {
		parts = append(parts, plain(tau))
	}
	return strings.Join(parts, ", ")
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
