package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// A method is one row of the report: a forecaster, and ours on just the
// targets that it forecast.
type method struct {
	name    string
	version string
	origins string // "all" or "slow"
	refit   string
	seconds float64 // median of a fit with its forecast; NaN if not known
	failed  int     // origins without a forecast
	absent  []string

	scores []backtest.Score // by series
	ours   []backtest.Score // on the same targets
	base   []backtest.Score // the seasonal naive on the same targets

	sum, oursSum backtest.Summary
	against      [3]against // ours by bin
}

// against is how ours compares with a method in one bin.
type against struct {
	lower     float64 // 1 − geometric mean of our loss over theirs
	low, high float64 // 95 % interval of lower, over resampled series
	better    float64 // share of series on which ours loses less
	series    int
}

// compare scores a method on what it, ours and the naive all forecast. A series
// that it has no forecast for is left out.
func compare(m *method, tasks []*backtest.Task, o *own, theirs func(i int) *backtest.Forecasts) {
	for i, t := range tasks {
		f := theirs(i)
		if f == nil {
			m.absent = append(m.absent, t.Name)
			continue
		}
		s := t.Score(f, o.ours[i], o.day[i])
		if s.Total() == 0 {
			m.absent = append(m.absent, t.Name)
			continue
		}
		m.scores = append(m.scores, s)
		m.ours = append(m.ours, t.Score(o.ours[i], f, o.day[i]))
		m.base = append(m.base, t.Score(o.day[i], f, o.ours[i]))
	}
	m.sum, m.oursSum = backtest.Summarize(m.scores, m.base), backtest.Summarize(m.ours, m.base)
	for _, b := range backtest.Bins {
		m.against[b] = versus(m.ours, m.scores, m.base, b)
	}
}

// versus compares losses relative to base, none of which counts as less than a
// hundredth: on a load that repeats its last week exactly, nothing is gained by
// losing even less.
func versus(ours, theirs, base []backtest.Score, b backtest.Bin) against {
	a := against{lower: math.NaN(), low: math.NaN(), high: math.NaN()}
	a.better, a.series = backtest.Better(ours, theirs, b)
	var known []float64
	x, y := backtest.Ratios(ours, base, b), backtest.Ratios(theirs, base, b)
	for i := range x {
		if r := max(x[i], leastRatio) / max(y[i], leastRatio); !math.IsNaN(r) {
			known = append(known, r)
		}
	}
	if len(known) == 0 {
		return a
	}
	mean, _ := backtest.GeometricMean(known)
	lo, hi := bootstrap(known)
	a.lower, a.low, a.high = 1-mean, 1-hi, 1-lo
	return a
}

const leastRatio = 0.01

// bootstrap returns the 95 % percentile interval of the geometric mean of
// ratios over 4000 samples of as many, drawn with replacement and always the
// same.
//
// # References
//
// Efron, Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13.
func bootstrap(ratios []float64) (lo, hi float64) {
	random := rand.New(rand.NewPCG(1, 2))
	means, sample := make([]float64, 4000), make([]float64, len(ratios))
	for k := range means {
		for i := range sample {
			sample[i] = ratios[random.IntN(len(ratios))]
		}
		means[k], _ = backtest.GeometricMean(sample)
	}
	q := backtest.Quantiles(means, []float64{0.025, 0.975})
	return q[0], q[1]
}

// methods scores the naive forecasts and every peer of the folder, after ours.
func methods(tasks []*backtest.Task, o *own, folder, version string, log io.Writer) ([]*method, error) {
	ours := &method{name: backtest.MethodModel, version: version, origins: "all", refit: "at every origin", seconds: seconds(o.took)}
	compare(ours, tasks, o, func(i int) *backtest.Forecasts { return o.ours[i] })
	day := &method{name: backtest.MethodNaiveDay, origins: "all", seconds: math.NaN()}
	compare(day, tasks, o, func(i int) *backtest.Forecasts { return o.day[i] })
	week := &method{name: backtest.MethodNaiveWeek, origins: "all", seconds: math.NaN()}
	compare(week, tasks, o, func(i int) *backtest.Forecasts { return o.week[i] })
	for _, m := range []*method{ours, day, week} {
		m.failed = m.sum.Failed
	}
	list := []*method{ours, day, week}
	peers, err := findPeers(folder)
	if err != nil {
		return nil, err
	}
	for _, p := range peers {
		all, skipped, err := p.read(tasks)
		if err != nil {
			return nil, err
		}
		if skipped.Origins+skipped.Quantiles+skipped.Series > 0 {
			fmt.Fprintf(log, "%s: rows passed over: %d of other series, %d of other origins or times, %d of other quantiles\n",
				p.Name, skipped.Series, skipped.Origins, skipped.Quantiles)
		}
		m := &method{name: p.Name, version: versionOf(p), origins: p.Origins, refit: p.Refit, seconds: math.NaN(), failed: len(p.Failed)}
		if p.Seconds != nil {
			m.seconds = *p.Seconds
		}
		compare(m, tasks, o, func(i int) *backtest.Forecasts { return all[tasks[i].Name] })
		if len(m.scores) == 0 {
			fmt.Fprintf(log, "%s: no forecast of any of these series; it is left out\n", p.Name)
			continue
		}
		list = append(list, m)
	}
	slices.SortStableFunc(list[3:], func(a, b *method) int { return sign(overall(a.sum) - overall(b.sum)) })
	return list, nil
}

// overall is the mean ratio over the bins, for an order of methods.
func overall(s backtest.Summary) float64 { return (s.Ratio[0] + s.Ratio[1] + s.Ratio[2]) / 3 }

func sign(x float64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

// versionOf names the libraries that the peer rests on, but for the common ones.
func versionOf(p *peer) string {
	var names []string
	for name := range p.Libraries {
		if name != "python" && name != "numpy" && name != "scipy" && name != "pandas" {
			names = append(names, name+" "+p.Libraries[name])
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "port, version " + p.Version
	}
	return strings.Join(names, ", ")
}

func seconds(took []time.Duration) float64 {
	if len(took) == 0 {
		return math.NaN()
	}
	slices.Sort(took)
	return took[len(took)/2].Seconds()
}
