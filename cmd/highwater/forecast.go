package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/forecast/outlook"
	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/internal/config"
)

// forecastFlags are what the user can set of one forecast.
type forecastFlags struct {
	config        config.Config // of which only Prometheus is used
	path          string        // of the configuration file
	url           *pflag.Flag
	at            string
	horizon, span model.Duration
	step, window  model.Duration
	taus          []float64
	format        string
	file, plot    string
	calendar      calendarFlags
	files         fileFlags
	now           func() time.Time
}

func forecastCommand() *cobra.Command {
	o := forecastFlags{
		config: config.Default(), horizon: model.Duration(24 * time.Hour), span: model.Duration(28 * 24 * time.Hour),
		taus: []float64{0.5, 0.9, 0.95, 0.99}, format: "csv", now: time.Now,
	}
	connection := pflag.NewFlagSet("prometheus", pflag.ContinueOnError)
	o.config.Prometheus.Bind(connection)
	o.url = connection.Lookup("prometheus-url")
	cmd := &cobra.Command{
		Use:   "forecast (FILE | --prometheus-url URL QUERY)",
		Short: "Forecast one load: of a file or of a PromQL query",
		Long: "Reads a history and prints the quantiles of the load that follows it. With --prometheus-url, or\n" +
			config.EnvPrefix + "PROMETHEUS_URL where there is no such file, the argument is a PromQL query that gives one series.\n" +
			fileHelp +
			"What the forecast rests on is told on standard error. The exit code is 1 if there is no forecast.",
		Example: "  highwater forecast web.csv\n" +
			"  highwater forecast web.csv --at 2026-03-02T08:00 --time-zone Europe/Berlin -f web-ahead.csv --plot web.png\n" +
			"  highwater forecast 'sum(rate(http_requests_total{app=\"web\"}[5m]))' --prometheus-url http://localhost:9090 -o json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if err := o.config.Load(connection, o.path); err != nil {
				return err
			}
			return o.run(cmd.Context(), args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.at, "at", "", "when to forecast from: RFC 3339, unix seconds, or 2006-01-02T15:04 in the time zone; the end of the history if empty")
	f.Var(config.Duration(&o.horizon), "horizon", "of the forecast")
	f.Var(config.Duration(&o.span), "span", "history to use")
	f.Var(config.Duration(&o.step), "step", "of history and forecast; that of the file, but at least 1m, if 0")
	f.Var(config.Duration(&o.window), "window", "forecast the largest load of the window of this length that begins at each step, too; not if 0")
	f.Var((*quantilesValue)(&o.taus), "quantiles", "of the load, ascending")
	f.StringVarP(&o.format, "output", "o", o.format, "csv or json")
	bindOut(f, &o.file)
	f.StringVar(&o.plot, "plot", "", "also draw history and forecast into this file, SVG or .png")
	f.StringVar(&o.path, "config", "", "configuration file in YAML, for its section prometheus")
	o.calendar.bind(f)
	o.files.bind(f)
	f.AddFlagSet(connection)
	return cmd
}

// validate returns every problem of the flags but those of Prometheus.
func (o *forecastFlags) validate() error {
	var errs []error
	if o.format != "csv" && o.format != "json" {
		errs = append(errs, fmt.Errorf("--output %q: neither csv nor json", o.format))
	}
	if o.plot != "" {
		errs = append(errs, needsFull("--plot"))
	}
	errs = append(errs, checkAnswer(o.file))
	if o.horizon <= 0 {
		errs = append(errs, errors.New("--horizon: must be more than 0"))
	}
	if o.step != 0 && o.step < model.Duration(time.Second) {
		errs = append(errs, fmt.Errorf("--step %s: want at least a second", o.step))
	}
	if o.span < model.Duration(30*time.Minute) {
		errs = append(errs, fmt.Errorf("--span %s: nothing is forecast from less than 30m", o.span))
	}
	return errors.Join(errs...)
}

func (o *forecastFlags) run(ctx context.Context, arg string, in io.Reader, out, errOut io.Writer) error {
	spec, err := o.calendar.spec()
	if err != nil {
		return err
	}
	look := outlook.Outlook{Zone: location(spec)}
	var at time.Time
	if o.at != "" {
		if at, err = parseMoment(o.at, look.Zone); err != nil {
			return fmt.Errorf("--at: %w", err)
		}
	}
	if o.isQuery(arg) {
		err = o.readQuery(ctx, &look, arg, at)
	} else {
		err = o.readFile(&look, arg, in, at, zoneOf(spec))
	}
	tellNotes(errOut, look.Assumed)
	if err != nil {
		return err
	}
	horizon := time.Duration(o.horizon)
	options := forecast.Options{Horizon: horizon, Window: time.Duration(o.window), Calendar: build(spec, look.History, horizon)}
	if err := look.Fit(options, o.taus); err != nil {
		return err
	}
	return o.print(&look, out, errOut)
}

// print writes the outlook as asked for, and tells on errOut what it rests on.
// It returns the reason if there is no forecast; as JSON it is also written.
func (o *forecastFlags) print(look *outlook.Outlook, out, errOut io.Writer) error {
	var none error
	if look.None != nil {
		none = fmt.Errorf("%s: %w", look.Name, look.None)
	}
	if none != nil && o.format != "json" {
		return none
	}
	lines := look.Basis()
	if n := files.QualityNote(look.Quality); n != "" {
		lines = append(lines, n)
	}
	for _, line := range append(lines, look.Notes...) {
		fmt.Fprintln(errOut, line)
	}
	write := look.CSV
	if o.format == "json" {
		write = look.JSON
	}
	if o.plot != "" && none == nil {
		if err := drawOutlook(look, o.plot); err != nil {
			return err
		}
	}
	if err := writeAnswer(out, o.file, write); err != nil {
		return err
	}
	return none
}

// isQuery reports whether arg is PromQL: always where the flag says which
// Prometheus, and where only the environment or a file does, if there is no
// file of that name.
func (o *forecastFlags) isQuery(arg string) bool {
	if o.url.Changed {
		return true
	}
	if arg == "-" || o.config.Prometheus.URL == "" {
		return false
	}
	_, err := os.Stat(arg)
	return err != nil
}

// parseMoment reads a time; one without a zone is local, and the first where the
// clocks show it twice.
func parseMoment(s string, zone *time.Location) (time.Time, error) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && seconds > 1e6 {
		return time.Unix(seconds, 0).In(zone), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if wall, err := time.Parse(layout, strings.Replace(s, " ", "T", 1)); err == nil {
			t, _, _ := calendar.WallTimes(wall, zone)
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither RFC 3339 nor unix seconds, nor a local time such as 2026-03-02T08:00", s)
}
