package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// An answer is that of Prometheus' HTTP API to query_range, or to query with a
// range; only its data, or only the series of it, as promtool prints them.
type (
	answer struct {
		Status   string   `json:"status"`
		Error    string   `json:"error"`
		Warnings []string `json:"warnings"`
		Data     *matrix  `json:"data"`
		matrix
	}
	matrix struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	}
	answerSeries struct {
		Metric     map[string]string    `json:"metric"`
		Values     [][2]json.RawMessage `json:"values"`
		Histograms json.RawMessage      `json:"histograms"`
	}
)

// errNoAnswer is about JSON of another kind.
var errNoAnswer = errors.New("this JSON is no answer of Prometheus to query_range: save that, or the panel's data as CSV")

// readAnswer reads the loads of an answer.
func readAnswer(text string, o Options) (File, error) {
	var a answer
	d := json.NewDecoder(strings.NewReader(text))
	if text[0] == '[' {
		a.ResultType = "matrix"
		if err := d.Decode(&a.Result); err != nil {
			return File{}, notJSON(err)
		}
	} else if err := d.Decode(&a); err != nil {
		return File{}, notJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return File{}, errors.New("more follows the first answer: give each answer a file of its own")
	}
	m := a.matrix
	if a.Data != nil {
		m = *a.Data
	}
	switch {
	case a.Status == "error":
		return File{}, fmt.Errorf("it is Prometheus' answer that the query failed: %s", a.Error)
	case m.ResultType == "vector" || m.ResultType == "scalar":
		return File{}, fmt.Errorf("it is a %s, the answer for one moment: ask query_range, or query with a range such as x[7d]", m.ResultType)
	case m.ResultType != "matrix":
		return File{}, errNoAnswer
	}
	var series []answerSeries
	if err := json.Unmarshal(m.Result, &series); err != nil {
		return File{}, notJSON(err)
	}
	if len(series) == 0 {
		return File{}, errors.New("the answer holds no series: the query found nothing")
	}
	f := File{Notes: make([]string, 0, len(a.Warnings))}
	for _, w := range a.Warnings {
		f.Notes = append(f.Notes, "Prometheus warned: "+w)
	}
	names, full, numbers := nameSeries(series)
	if o.Column != "" {
		i, err := pick(full, numbers, o.Column)
		if err != nil {
			i, err = pick(names, numbers, o.Column)
		}
		if err != nil {
			return File{}, err
		}
		series, names, full = series[i:i+1], names[i:i+1], full[i:i+1]
	}
	for i, s := range series {
		points, err := s.points()
		if err != nil {
			return File{}, fmt.Errorf("series %s: %w", full[i], err)
		}
		f.Loads = append(f.Loads, Load{Name: names[i], Points: points})
	}
	return f, nil
}

func notJSON(err error) error { return fmt.Errorf("%w (%w)", errNoAnswer, err) }

// nameSeries names each series by the value of the only label in which they
// differ, or by all of its labels.
func nameSeries(series []answerSeries) (names, full []string, numbers []int) {
	differ := map[string]bool{}
	for _, s := range series {
		for _, o := range []map[string]string{s.Metric, series[0].Metric} {
			for k := range o {
				if s.Metric[k] != series[0].Metric[k] {
					differ[k] = true
				}
			}
		}
	}
	for i, s := range series {
		full = append(full, labelText(s.Metric))
		names = append(names, full[i])
		for only := range differ {
			if len(differ) == 1 && s.Metric[only] != "" {
				names[i] = s.Metric[only]
			}
		}
		numbers = append(numbers, i+1)
	}
	distinctNames(names)
	return names, full, numbers
}

// labelText writes labels as PromQL does.
func labelText(m map[string]string) string {
	var b strings.Builder
	b.WriteString(m["__name__"])
	b.WriteByte('{')
	n := 0
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k == "__name__" {
			continue
		}
		if n++; n > 1 {
			b.WriteByte(',')
		}
		b.WriteString(k + "=" + strconv.Quote(m[k]))
	}
	b.WriteByte('}')
	return b.String()
}

func (s answerSeries) points() ([]forecast.Point, error) {
	if len(s.Values) == 0 && len(s.Histograms) > 0 {
		return nil, errors.New("it is a histogram: ask for one number, such as histogram_count(rate(x[5m]))")
	}
	points := make([]forecast.Point, len(s.Values))
	for i, v := range s.Values {
		seconds, err := strconv.ParseFloat(string(v[0]), 64)
		if err != nil || !(seconds >= 0 && seconds <= maxUnix) {
			return nil, fmt.Errorf("sample %d: time %s is no number of seconds since 1970", i+1, v[0])
		}
		value, err := strconv.ParseFloat(string(bytes.Trim(v[1], `"`)), 64)
		if err != nil && !math.IsInf(value, 0) {
			return nil, fmt.Errorf("sample %d: value %s is no number", i+1, v[1])
		}
		points[i] = forecast.Point{Time: time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), Value: value}
	}
	return points, nil
}
