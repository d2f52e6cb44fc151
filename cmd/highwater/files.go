package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history/files"
)

// fileHelp says in each command's help what a file is.
const fileHelp = "A file is CSV with a time and a value, the CSV download of a Grafana panel, or the saved answer of Prometheus'\n" +
	"query_range, compressed with gzip or not; - is standard input. docs/files.md lists what is read.\n"

// fileFlags say what a file does not.
type fileFlags struct {
	column string
	rate   bool
}

func (o *fileFlags) bind(f *pflag.FlagSet) {
	f.StringVar(&o.column, "column", "", "of a file with several loads: the only one to read, by its name or number")
	f.BoolVar(&o.rate, "rate", false, "of a file that holds a counter: read its rate, in units a second")
}

// none returns an error if a flag is given where there is no file.
func (o *fileFlags) none() error {
	switch {
	case o.column != "":
		return errors.New("--column: there is no file; choose the series in the query")
	case o.rate:
		return errors.New("--rate: there is no file; write rate(x[5m]) in the query")
	}
	return nil
}

// zoneOf returns the zone for times without one; nil if the user names none.
func zoneOf(spec calendar.Spec) *time.Location {
	if spec.TimeZone == "" {
		return nil
	}
	return location(spec)
}

// A fileLoad is one load of a file.
type fileLoad struct {
	name    string
	series  forecast.Series
	quality forecast.Quality
}

// options returns how files are read whose times have the given zone.
func (o *fileFlags) options(zone *time.Location) files.Options {
	return files.Options{Zone: zone, Column: o.column, Rate: o.rate}
}

// open reads all loads of a file, or of in, unless nil, if its name is a dash.
func (o *fileFlags) open(file string, in io.Reader, zone *time.Location) (files.File, error) {
	options := o.options(zone)
	if file != "-" || in == nil {
		return files.Open(file, options)
	}
	f, err := files.Read(in, options)
	if err != nil {
		return f, fmt.Errorf("standard input: %w", err)
	}
	return f, nil
}

// one reads the load of a file that may hold one only, and what was assumed.
func (o *fileFlags) one(file string, in io.Reader, zone *time.Location) (l fileLoad, notes []string, err error) {
	f, err := o.open(file, in, zone)
	if err != nil {
		return l, nil, err
	}
	load, err := f.One()
	if err != nil {
		return l, nil, fmt.Errorf("%s: %w", files.Shown(file), err)
	}
	l, err = o.lay(file, load, len(f.Loads))
	return l, f.Notes, err
}

// lay makes a series of one of n loads of a file.
func (o *fileFlags) lay(file string, load files.Load, n int) (l fileLoad, err error) {
	l.name = o.options(nil).Name(file, load, n)
	if l.series, l.quality, err = forecast.NewSeries(load.Points, 0); err != nil {
		return l, fmt.Errorf("%s: %w; give rows of a time and a load", files.Shown(file), err)
	}
	return l, nil
}

// tellNotes prints what was assumed of a file.
func tellNotes(out io.Writer, notes []string) {
	for _, n := range notes {
		fmt.Fprintln(out, "note: "+n)
	}
}

// withQuality adds what the quality of a load is to the notes on its file.
func withQuality(notes []string, q forecast.Quality) []string {
	if n := files.QualityNote(q); n != "" {
		return append(slices.Clip(notes), n)
	}
	return notes
}
