package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/highwater-dev/highwater/benchmarks/traces"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
	"github.com/highwater-dev/highwater/history/files"
)

// shared is where the whole collection of traces lies beside a checkout.
var shared = []string{"../shared/traces", "../shared/traces/kpi"}

// loadTasks lays the traces of the folders out by p, in the order of their
// names: *.csv and *.csv.gz. Without folders it takes the shared collection if
// it is there, and the bundled traces if not. from says which, for the report.
func loadTasks(p backtest.Protocol, folders []string) (tasks []*backtest.Task, from string, err error) {
	if len(folders) == 0 {
		if _, err := os.Stat(shared[0]); err == nil {
			folders = shared
		}
	}
	sources := map[string]fs.FS{}
	if len(folders) == 0 {
		from = "the bundled traces (benchmarks/traces)"
		for _, t := range traces.All() {
			sources[t.Name+".csv.gz"] = traces.Files()
		}
	}
	for _, folder := range folders {
		for _, pattern := range []string{"*.csv", "*.csv.gz"} {
			names, err := filepath.Glob(filepath.Join(folder, pattern))
			if err != nil {
				return nil, "", err
			}
			for _, name := range names {
				base := filepath.Base(name)
				if sources[base] != nil {
					return nil, "", fmt.Errorf("%s: there are two traces of that name", base)
				}
				sources[base] = os.DirFS(folder)
			}
		}
	}
	if from == "" {
		from = strings.Join(folders, ", ")
	}
	if len(sources) == 0 {
		return nil, "", fmt.Errorf("no *.csv or *.csv.gz in %s", from)
	}
	var errs []error
	for file, folder := range sources {
		t, err := loadTask(p, folder, file)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		tasks = append(tasks, t)
	}
	slices.SortFunc(tasks, func(a, b *backtest.Task) int { return strings.Compare(a.Name, b.Name) })
	return tasks, from, errors.Join(errs...)
}

func loadTask(p backtest.Protocol, folder fs.FS, file string) (*backtest.Task, error) {
	f, err := folder.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	points, err := files.Points(f)
	if err != nil {
		return nil, err
	}
	s, _, err := forecast.NewSeries(points, 0)
	if err != nil {
		return nil, err
	}
	return p.Task(strings.TrimSuffix(strings.TrimSuffix(file, ".gz"), ".csv"), s)
}
