package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/benchmarks/traces"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history/files"
)

const (
	// shared is where the whole collection of traces lies beside a checkout.
	shared = "../shared/traces"
	// shortest is the least length of a trace.
	shortest = 8 * 24 * time.Hour
)

// A trace is a load to replay.
type trace struct {
	name string
	load forecast.Series
}

// length is the time that the samples of a trace cover.
func (t *trace) length() time.Duration { return t.load.Span() + t.load.Step }

// A source is one file of a folder.
type source struct {
	folder fs.FS
	file   string
}

// loadTraces reads the traces of at least eight days, in the order of their
// names. from says where they lie, short which were too short.
func loadTraces(folders, only []string) (list []*trace, from string, short []string, err error) {
	sources, from, err := findTraces(folders)
	if err != nil {
		return nil, "", nil, err
	}
	var errs []error
	for _, s := range sources {
		t := &trace{name: strings.TrimSuffix(strings.TrimSuffix(s.file, ".gz"), ".csv")}
		if len(only) > 0 && !slices.Contains(only, t.name) {
			continue
		}
		if t.load, err = read(s); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.file, err))
			continue
		}
		if t.length() < shortest {
			short = append(short, t.name)
			continue
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *trace) int { return strings.Compare(a.name, b.name) })
	if len(errs) == 0 && len(list) == 0 {
		errs = append(errs, fmt.Errorf("no trace of 8 days or more in %s", from))
	}
	return list, from, short, errors.Join(errs...)
}

// findTraces lists the files of the folders; without folders those of the
// shared collection if it is there, and the bundled ones if not.
func findTraces(folders []string) (list []source, from string, err error) {
	if len(folders) > 0 {
		for _, folder := range folders {
			list = append(list, filesOf(folder, func(string) bool { return true })...)
		}
		return list, strings.Join(folders, ", "), nil
	}
	if _, err := os.Stat(shared); err != nil {
		for _, t := range traces.All() {
			list = append(list, source{traces.Files(), t.Name + ".csv.gz"})
		}
		return list, "the bundled traces (benchmarks/traces)", nil
	}
	like, err := loadLike(filepath.Join(shared, "INDEX.md"))
	if err != nil {
		return nil, "", err
	}
	list = filesOf(shared, func(string) bool { return true })
	list = append(list, filesOf(filepath.Join(shared, "kpi"), func(name string) bool { return like[name] })...)
	return list, shared + " and what its INDEX.md calls load-like in kpi/", nil
}

func filesOf(folder string, keep func(name string) bool) []source {
	var list []source
	for _, pattern := range []string{"*.csv", "*.csv.gz"} {
		files, _ := filepath.Glob(filepath.Join(folder, pattern)) // the pattern is well formed
		for _, file := range files {
			base := filepath.Base(file)
			if keep(strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".csv")) {
				list = append(list, source{os.DirFS(folder), base})
			}
		}
	}
	return list
}

// loadLike returns the names of the rows of a table whose text says load-like.
func loadLike(index string) (map[string]bool, error) {
	text, err := os.ReadFile(index)
	if err != nil {
		return nil, err
	}
	like := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 2 && strings.Contains(line, "load-like") {
			like[strings.TrimSpace(cells[1])] = true
		}
	}
	return like, nil
}

func read(s source) (forecast.Series, error) {
	f, err := s.folder.Open(s.file)
	if err != nil {
		return forecast.Series{}, err
	}
	defer f.Close()
	points, err := files.Points(f)
	if err != nil {
		return forecast.Series{}, err
	}
	load, _, err := forecast.NewSeries(points, 0)
	return load, err
}
