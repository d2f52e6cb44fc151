package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/benchmarks/internal/outcome"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
	"github.com/highwater-dev/highwater/history/files"
)

// speedFlags are what the user can set of a speed measurement.
type speedFlags struct {
	file, peers, out, date, release string
	repeat                          int
}

func speedCommand() *cobra.Command {
	o := speedFlags{out: "benchmarks/results", repeat: 200}
	cmd := &cobra.Command{
		Use:   "speed --csv FILE [--peers speed.json]",
		Short: "Time a fit and a 24-hour forecast beside those of the peers, and write SPEED.md",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "csv", "", "history on its scored grid, of which the last 28 days are used")
	f.StringVar(&o.peers, "peers", "", "speed.json of the peers; none if empty or not there")
	f.StringVar(&o.out, "out", o.out, "folder to write to")
	f.StringVar(&o.date, "date", "", "of the report; today if empty")
	f.StringVar(&o.release, "release", "", "version of Highwater, for the report")
	f.IntVar(&o.repeat, "repeat", o.repeat, "fits to take the median of")
	_ = cmd.MarkFlagRequired("csv")
	return cmd
}

// speeds are what was measured of Highwater on one core.
type speeds struct {
	points      int
	step        time.Duration
	fit         time.Duration // median
	fitHigh     time.Duration // 95 % of fits take less
	both        time.Duration // a fit and a forecast of its own, median
	forecast    time.Duration // from a fitted model, median
	peaks       time.Duration
	allocations float64 // of a forecast into paths that exist
	state       int     // bytes that a fitted model keeps
}

// peerSpeeds is speed.json.
type peerSpeeds struct {
	Repeat int    `json:"repeat"`
	CPU    string `json:"cpu"`
	Peers  map[string]struct {
		Version   string            `json:"version"`
		Libraries map[string]string `json:"library_versions"`
		Median    *float64          `json:"median_seconds"`
		Error     *string           `json:"error"`
	} `json:"peers"`
}

func (o *speedFlags) run(out io.Writer) error {
	read, err := files.Open(o.file, files.Options{})
	if err != nil {
		return err
	}
	load, err := read.One()
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	p := backtest.Default()
	s, _, err := forecast.NewSeries(load.Points, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	s = s.Resample(p.StepOf(s.Step))
	s = s.Between(s.End().Add(-p.Context+s.Step), s.End())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m, err := measure(s, p, max(3, o.repeat))
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	var peers peerSpeeds
	if data, err := os.ReadFile(o.peers); err == nil {
		if err := json.Unmarshal(data, &peers); err != nil {
			return fmt.Errorf("%s: %w", o.peers, err)
		}
	} else if o.peers != "" && !os.IsNotExist(err) {
		return err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	text := o.markdown(m, peers)
	if err := outcome.Write(filepath.Join(o.out, "SPEED.md"), func(w *bufio.Writer) { _, _ = w.WriteString(text) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "fit %s, forecast %s with %g allocations, %d KiB of state; %d peers\n", took(m.fit.Seconds()), took(m.forecast.Seconds()),
		m.allocations, m.state/1024, len(peers.Peers))
	return err
}

// measure fits s again and again.
func measure(s forecast.Series, p backtest.Protocol, repeat int) (speeds, error) {
	out := speeds{points: s.Len(), step: s.Step}
	options := forecast.Options{Horizon: p.Horizon, Window: p.Window}
	model, err := forecast.Fit(s, options)
	if err != nil {
		return out, err
	}
	var fits, boths []time.Duration
	for range repeat {
		began := time.Now()
		m, err := forecast.Fit(s, options)
		fits = append(fits, time.Since(began))
		if err != nil {
			return out, err
		}
		m.Forecast(nil, p.Taus)
		boths = append(boths, time.Since(began))
	}
	slices.Sort(fits)
	slices.Sort(boths)
	out.fit, out.fitHigh, out.both = fits[len(fits)/2], fits[len(fits)*95/100], boths[len(boths)/2]

	var load, peaks forecast.Paths
	model.Forecast(&load, p.Taus)
	model.Peaks(&peaks, p.Taus)
	out.allocations = testing.AllocsPerRun(100, func() { model.Forecast(&load, p.Taus) })
	out.forecast = medianOf(1000, func() { model.Forecast(&load, p.Taus) })
	out.peaks = medianOf(1000, func() { model.Peaks(&peaks, p.Taus) })
	out.state = stateOf(s, options)
	return out, nil
}

// medianOf returns the median time of n calls.
func medianOf(n int, call func()) time.Duration {
	ds := make([]time.Duration, n)
	for i := range ds {
		began := time.Now()
		call()
		ds[i] = time.Since(began)
	}
	slices.Sort(ds)
	return ds[n/2]
}

// stateOf returns how many bytes of the heap one of many fitted models keeps.
func stateOf(s forecast.Series, options forecast.Options) int {
	const n = 64
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	models := make([]*forecast.Model, n)
	before := heap()
	for i := range models {
		models[i], _ = forecast.Fit(s, options)
	}
	after := heap()
	runtime.KeepAlive(models)
	return int(after-min(before, after)) / n
}

// markdown is SPEED.md.
func (o *speedFlags) markdown(m speeds, peers peerSpeeds) string {
	var b strings.Builder
	date := cmp.Or(o.date, time.Now().UTC().Format("2006-01-02"))
	fmt.Fprintf(&b, "# Speed\n\nMade by `make bench-speed` on %s; do not edit. Highwater %s on %s.\n\n", date, cmp.Or(o.release, "(development)"), outcome.Machine())
	fmt.Fprintf(&b, "One fit and a 24-hour forecast at four quantiles, from the same %d samples at %s (%s), on one core, one after the other\n"+
		"in one run.\n\n## Highwater\n\n| what | measured | bar | reached |\n|---|---|---|---|\n", m.points, shortStep(m.step), strings.TrimSuffix(filepath.Base(o.file), filepath.Ext(o.file)))
	row := func(what, measured, bar string, reached bool) {
		word := "yes"
		if !reached {
			word = "**no**"
		}
		if bar == "" {
			word = ""
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", what, measured, bar, word)
	}
	row(fmt.Sprintf("fit, median of %d", max(3, o.repeat)), took(m.fit.Seconds()), "≤ 5 ms", m.fit <= 5*time.Millisecond)
	row("fit, 95 % take less", took(m.fitHigh.Seconds()), "", true)
	row("24-hour forecast from a fitted model", took(m.forecast.Seconds()), "≤ 100 µs", m.forecast <= 100*time.Microsecond)
	row("largest loads of 30-minute windows, likewise", took(m.peaks.Seconds()), "", true)
	row("allocations of a forecast", fmt.Sprintf("%g", m.allocations), "0", m.allocations == 0)
	row("memory that a fitted model keeps", fmt.Sprintf("%d KiB", m.state/1024), "≤ 128 KiB", m.state <= 128<<10)
	b.WriteString("\n## Beside others\n\n")
	if len(peers.Peers) == 0 {
		b.WriteString("No peers were measured.\n")
		return b.String()
	}
	fmt.Fprintf(&b, "| method | rests on | fit + 24-hour forecast | times as long as Highwater |\n|---|---|---|---|\n| highwater | | %s | 1 |\n", took(m.both.Seconds()))
	names := make([]string, 0, len(peers.Peers))
	for name := range peers.Peers {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(value(peers.Peers[x].Median), value(peers.Peers[y].Median)), strings.Compare(x, y))
	})
	for _, name := range names {
		p := peers.Peers[name]
		rests := versionOf(&peer{Version: p.Version, Libraries: p.Libraries})
		if p.Median == nil {
			why := "no time"
			if p.Error != nil {
				why = *p.Error
			}
			fmt.Fprintf(&b, "| %s | %s | %s | – |\n", name, rests, why)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %.0f |\n", name, rests, took(*p.Median), *p.Median/m.both.Seconds())
	}
	fmt.Fprintf(&b, "\nMedians of %d fits of a peer, each with one thread. A peer whose name ends in `exact` uses its library's slow path.\n", peers.Repeat)
	return b.String()
}

func value(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

func shortStep(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}
