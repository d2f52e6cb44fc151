package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/fleet"
	"github.com/highwater-dev/highwater/internal/progress"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/planning/report"
)

// planFlags are what the user can set of a plan.
type planFlags struct {
	config config.Config // of which Prometheus, Kubernetes and the defaults are used
	path   string        // of the configuration file

	tsdb  string
	in    fleet.Files
	files fileFlags

	from          string
	horizon, span model.Duration
	whatIf        whatIfFlags
	nodes         fleet.Quota
	format, file  string
	calendar      calendarFlags
	now           func() time.Time
}

func planCommand() *cobra.Command {
	o := planFlags{config: config.Default(), horizon: model.Duration(planning.DefaultHorizon), span: model.Duration(28 * 24 * time.Hour), format: "table", now: time.Now}
	connection := pflag.NewFlagSet("connection", pflag.ContinueOnError)
	o.config.BindSources(connection)
	cmd := &cobra.Command{
		Use:   "plan [NAMESPACE/NAME…]",
		Short: "Plan capacity: pods, CPU, memory, cost, peaks and gaps over the coming days",
		Long: "Forecasts every workload, plays the forecast through the HPA with and without Highwater, and prints what the\n" +
			"fleet will need by hour, its peaks, and where a ceiling, a quota or the nodes hold less than that. Nothing is\n" +
			"written to the cluster. docs/planning.md tells how to read the plan.\n\n" +
			"The workloads are those of a cluster and its Prometheus, as for serve; with --workloads those of a file, whose\n" +
			"queries go to --tsdb (a Prometheus data folder or snapshot) or to --prometheus-url; with --csv one for each file,\n" +
			"or for each column of one that has several.\n" +
			fileHelp +
			"Arguments choose among them: a name, NAMESPACE/NAME, or a pattern such as 'shop/*'.",
		Example: "  highwater plan --prometheus-url http://localhost:9090 --horizon 7d -o html -f plan.html\n" +
			"  highwater plan --csv web.csv --pod-capacity 50 --ceiling 20 --scale 1.5 --price 0.04\n" +
			"  highwater plan --tsdb ./snapshot --workloads fleet.yaml --zones 3 --lose-zone 'shop/*'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(cmd.Flags()); err != nil {
				return err
			}
			if err := o.config.Load(connection, o.path); err != nil {
				return err
			}
			err := o.run(cmd.Context(), args, cmd.OutOrStdout(), cmd.ErrOrStderr())
			if cmd.Context().Err() != nil {
				return errors.New("plan: interrupted; nothing was written")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.tsdb, "tsdb", "", "Prometheus data folder, or a snapshot of one, to read the queries of --workloads from; it is not written to")
	f.StringVar(&o.in.List, "workloads", "", "YAML file that describes workloads: see docs/planning.md")
	f.StringSliceVar(&o.in.Loads, "csv", nil, "file with the load of one workload, named after the file, or with a column for each; may be repeated, and further files may follow as arguments")
	o.files.bind(f)
	bindEntry(f, &o.in.Defaults)
	f.StringVar(&o.from, "from", "", "when the plan begins: RFC 3339, unix seconds, or 2006-01-02T15:04 in the time zone; now, or the end of the files, if empty")
	f.Var(config.Duration(&o.horizon), "horizon", "of the plan, in whole hours; at most 28d")
	f.Var(config.Duration(&o.span), "span", "history to use")
	o.whatIf.bind(f)
	f.StringVar(&o.nodes.CPU, "node-cpu", "", "cores that all nodes have for these workloads, as 96 or 96000m; those of the cluster if empty")
	f.StringVar(&o.nodes.Memory, "node-memory", "", "memory likewise, as 384Gi")
	f.StringVarP(&o.format, "output", "o", o.format, "table, json, csv or html")
	bindOut(f, &o.file)
	f.StringVar(&o.path, "config", "", "configuration file in YAML, as for serve")
	o.calendar.bind(f)
	f.AddFlagSet(connection)
	return cmd
}

// validate returns every problem of the flags but those of the connections.
func (o *planFlags) validate(flags *pflag.FlagSet) error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(!slices.Contains([]string{"table", "json", "csv", "html"}, o.format), "--output %q: none of table, json, csv, html", o.format)
	h := time.Duration(o.horizon)
	add(h < time.Hour || h > planning.MaxHorizon || h%time.Hour != 0, "--horizon %s: want whole hours, from 1h to 28d", o.horizon)
	add(o.span < model.Duration(30*time.Minute), "--span %s: nothing is forecast from less than 30m", o.span)
	add(o.tsdb != "" && o.in.List == "", "--tsdb %s: say with --workloads what is in it", o.tsdb)
	add(o.tsdb != "" && len(o.in.Loads) > 0, "--tsdb %s: not together with --csv", o.tsdb)
	if o.tsdb != "" {
		errs = append(errs, needsFull("--tsdb"))
	}
	errs = append(errs, o.whatIf.read(flags))
	return errors.Join(errs...)
}

func (o *planFlags) run(ctx context.Context, args []string, out, errOut io.Writer) error {
	spec, err := o.calendar.spec()
	if err = errors.Join(err, o.config.Price.Validate()); err != nil {
		return err
	}
	zone := location(spec)
	var from time.Time
	if o.from != "" {
		if from, err = parseMoment(o.from, zone); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
	}
	if !spec.IsZero() {
		o.config.Defaults.Calendar = spec
	}
	tell := progress.NewPlan(errOut)
	defer tell.Clear()
	f, err := o.read(ctx, args, from, tell)
	tell.Clear()
	tellNotes(errOut, f.Assumed)
	if err != nil {
		return err
	}
	if err := o.nodes.Over(&f.Limits.Nodes); err != nil {
		return err
	}
	if from.IsZero() {
		from = f.From
	}
	options := planning.Options{From: from, Horizon: time.Duration(o.horizon), WhatIf: o.whatIf.WhatIf, Limits: f.Limits}
	r, err := f.Plan(ctx, options, tell.Counting("planned"))
	if err != nil {
		return err
	}
	tell.Clear()
	return o.write(r, zone, out)
}

// read reads the fleet of the flags. What a store holds is read up to from, or to
// now if that is not given.
func (o *planFlags) read(ctx context.Context, args []string, from time.Time, tell *progress.Plan) (fleet.Fleet, error) {
	until := from
	if until.IsZero() {
		until = o.now()
	}
	r := fleet.Reader{Config: &o.config, Version: version(), Names: args, Begin: tell.Counting("read")}
	closeSource := func() {}
	defer func() { closeSource() }()
	open := func() (s *fleet.Source, err error) {
		s, closeSource, err = o.open(until)
		return s, err
	}
	if len(o.in.Loads) > 0 || o.in.List != "" {
		o.in.Options = o.files.options(zoneOf(o.config.Defaults.Calendar))
		return r.FromFiles(ctx, o.in, open)
	}
	if err := o.files.none(); err != nil {
		return fleet.Fleet{}, err
	}
	source, err := open()
	if err != nil {
		return fleet.Fleet{}, fmt.Errorf("%w; or give --csv, or --tsdb and --workloads", err)
	}
	return r.FromCluster(ctx, source)
}

// open opens the folder of --tsdb, or the way to Prometheus.
func (o *planFlags) open(until time.Time) (_ *fleet.Source, closeIt func(), err error) {
	closeIt = func() {}
	matchers, err := history.ParseMatchers(o.config.Prometheus.Matchers)
	if err != nil {
		return nil, closeIt, fmt.Errorf("prometheus.matchers: %w", err)
	}
	var engine history.Engine
	if o.tsdb != "" {
		var newest time.Time
		if engine, newest, closeIt, err = openTSDB(o.tsdb); err != nil {
			return nil, func() {}, err
		}
		if o.from == "" || newest.Before(until) {
			until = newest
		}
	} else {
		if err := o.config.Prometheus.Validate(); err != nil {
			return nil, closeIt, fmt.Errorf("a query needs --tsdb or a Prometheus: %w", err)
		}
		client, err := history.NewClient(o.config.ClientOptions())
		if err != nil {
			return nil, closeIt, err
		}
		engine, closeIt = client, func() { _ = client.Close() }
	}
	return &fleet.Source{
		Reader: history.NewReader(engine, history.ReaderOptions{Matchers: matchers}),
		From:   until.Add(-time.Duration(o.span)), To: until, Step: min(planning.Grain(time.Duration(o.horizon)), 5*time.Minute),
	}, closeIt, nil
}

// write writes the report to the file of the flags, or to out without one.
func (o *planFlags) write(r *planning.Report, zone *time.Location, out io.Writer) error {
	options := report.Options{Zone: zone, Made: o.now()}
	form := func(w io.Writer) error {
		switch o.format {
		case "json":
			return report.JSON(w, r)
		case "csv":
			return report.CSV(w, r)
		case "html":
			return report.HTML(w, r, options)
		}
		return report.Table(w, r, options)
	}
	return writeAnswer(out, o.file, form)
}
