package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

// own are the forecasts made in this process, by series in the order of tasks.
type own struct {
	ours, day, week []*backtest.Forecasts
	took            []time.Duration // of every fit with its forecast
}

// runOwn runs Highwater and the naive forecasts on every origin, a few series
// at a time.
func runOwn(ctx context.Context, tasks []*backtest.Task, parallel int, log io.Writer) (*own, error) {
	n := len(tasks)
	o := &own{ours: make([]*backtest.Forecasts, n), day: make([]*backtest.Forecasts, n), week: make([]*backtest.Forecasts, n)}
	var mu sync.Mutex
	done, last := 0, time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, parallel))
	for i, t := range tasks {
		g.Go(func() error {
			var took []time.Duration
			alive := func(int, int) error { return ctx.Err() }
			p := t.Protocol
			model := p.Model(nil)
			timed := func(history forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
				began := time.Now()
				defer func() { took = append(took, time.Since(began)) }()
				return model(history)
			}
			var err error
			if o.ours[i], err = t.Run(backtest.MethodModel, timed, alive); err != nil {
				return err
			}
			if o.day[i], err = t.Run(backtest.MethodNaiveDay, p.NaiveDay(), alive); err != nil {
				return err
			}
			if o.week[i], err = t.Run(backtest.MethodNaiveWeek, p.NaiveWeek(), alive); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			o.took = append(o.took, took...)
			if done++; time.Since(last) > 10*time.Second || done == n {
				last = time.Now()
				fmt.Fprintf(log, "%d of %d series forecast\n", done, n)
			}
			return nil
		})
	}
	return o, g.Wait()
}

// A peer is one PEER.csv.gz with its PEER.json.
type peer struct {
	Name      string            `json:"peer"`
	Version   string            `json:"version"`
	Libraries map[string]string `json:"library_versions"`
	Origins   string            `json:"origins"` // all or slow
	Refit     string            `json:"refit"`
	Fits      int               `json:"fits"`
	Seconds   *float64          `json:"seconds_fit_forecast_median"`
	Failed    []struct {
		Series string `json:"series"`
		Error  string `json:"error"`
	} `json:"failed"`

	file string
}

// findPeers lists the peers of a folder by name. One whose JSON is missing has
// only its name.
func findPeers(folder string) ([]*peer, error) {
	if folder == "" {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.csv.gz"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var peers []*peer
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv.gz")
		p := &peer{Name: name, file: file}
		data, err := os.ReadFile(filepath.Join(folder, name+".json"))
		if err == nil {
			err = json.Unmarshal(data, p)
		}
		if err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("%s.json: %w", name, err)
		}
		peers = append(peers, p)
	}
	return peers, nil
}

// read reads the peer's forecasts.
func (p *peer) read(tasks []*backtest.Task) (map[string]*backtest.Forecasts, backtest.Skipped, error) {
	byName := map[string]*backtest.Task{}
	for _, t := range tasks {
		byName[t.Name] = t
	}
	f, err := os.Open(p.file)
	if err != nil {
		return nil, backtest.Skipped{}, err
	}
	defer f.Close()
	all, skipped, err := backtest.Read(f, p.Name, byName)
	if err != nil {
		return nil, skipped, fmt.Errorf("%s: %w", p.file, err)
	}
	return all, skipped, nil
}
