package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/planning/report"
)

// planFlags are what the user can set of a plan.
type planFlags struct {
	config Config // of which Prometheus, Kubernetes and the defaults are used
	path   string // of the configuration file

	tsdb, workloads string
	csv             []string
	files           fileFlags
	defaults        planWorkload // where the file says nothing

	from          string
	horizon, span model.Duration
	whatIf        whatIfFlags
	nodes         planQuota
	format, file  string
	calendar      calendarFlags
	now           func() time.Time
}

func planCommand() *cobra.Command {
	o := planFlags{config: defaultConfig(), horizon: model.Duration(planning.DefaultHorizon), span: model.Duration(28 * 24 * time.Hour), format: "table", now: time.Now}
	connection := pflag.NewFlagSet("connection", pflag.ContinueOnError)
	o.config.Prometheus.bind(connection)
	connection.Var(duration(&o.config.Prometheus.RateWindow), "rate-window", "range of rate() in derived queries; at least two scrape intervals")
	k := &o.config.Kubernetes
	connection.StringVar(&k.Kubeconfig, "kubeconfig", k.Kubeconfig, "kubeconfig file; the pod's service account if empty and in a cluster")
	connection.StringVar(&k.Context, "context", k.Context, "context of the kubeconfig")
	connection.StringSliceVar(&k.Namespaces, "namespaces", k.Namespaces, "namespaces to look at; all if empty")
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
		Example: "  highwater plan --prometheus-url http://localhost:9090 --horizon 7d -o html --out plan.html\n" +
			"  highwater plan --csv web.csv --pod-capacity 50 --ceiling 20 --scale 1.5 --price 0.04\n" +
			"  highwater plan --tsdb ./snapshot --workloads fleet.yaml --zones 3 --lose-zone 'shop/*'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(cmd.Flags()); err != nil {
				return err
			}
			if v, ok := os.LookupEnv(envPrefix + "CONFIG"); ok && o.path == "" {
				o.path = v
			}
			if err := o.config.load(connection, o.path); err != nil {
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
	f.StringVar(&o.workloads, "workloads", "", "YAML file that describes workloads: see docs/planning.md")
	f.StringSliceVar(&o.csv, "csv", nil, "file with the load of one workload, named after the file, or with a column for each; may be repeated, and further files may follow as arguments")
	o.files.bind(f)
	o.defaults.bind(f)
	f.StringVar(&o.from, "from", "", "when the plan begins: RFC 3339, unix seconds, or 2006-01-02T15:04 in the time zone; now, or the end of the files, if empty")
	f.Var(duration(&o.horizon), "horizon", "of the plan, in whole hours; at most 28d")
	f.Var(duration(&o.span), "span", "history to use")
	o.whatIf.bind(f)
	f.StringVar(&o.nodes.CPU, "node-cpu", "", "cores that all nodes have for these workloads, as 96 or 96000m; those of the cluster if empty")
	f.StringVar(&o.nodes.Memory, "node-memory", "", "memory likewise, as 384Gi")
	f.StringVarP(&o.format, "output", "o", o.format, "table, json, csv or html")
	f.StringVar(&o.file, "out", "", "file to write to; standard output if empty")
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
	add(o.tsdb != "" && o.workloads == "", "--tsdb %s: say with --workloads what is in it", o.tsdb)
	add(o.tsdb != "" && len(o.csv) > 0, "--tsdb %s: not together with --csv", o.tsdb)
	if o.tsdb != "" {
		errs = append(errs, needsFull("--tsdb"))
	}
	errs = append(errs, o.whatIf.read(flags))
	return errors.Join(errs...)
}

// A fleet is what is planned, and what there is room for.
type fleet struct {
	workloads []planning.Workload
	limits    planning.Limits
	from      time.Time // of the plan, unless the user says otherwise
	notes     []string
	assumed   []string // of the files
}

func (o *planFlags) run(ctx context.Context, args []string, out, errOut io.Writer) error {
	spec, err := o.calendar.spec()
	if err != nil {
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
	until := from
	if until.IsZero() {
		until = o.now()
	}
	tell := newPlanProgress(errOut)
	defer tell.clear()
	var f fleet
	if len(o.csv) == 0 && o.workloads == "" {
		if err := o.files.none(); err != nil {
			return err
		}
		f, err = o.fromCluster(ctx, args, until, tell)
	} else {
		f, err = o.fromFiles(ctx, args, until, tell)
	}
	tell.clear()
	tellNotes(errOut, f.assumed)
	if err != nil {
		return err
	}
	if from.IsZero() {
		from = f.from
	}
	r, err := o.make(ctx, f, from, tell)
	if err != nil {
		return err
	}
	tell.clear()
	r.Notes = append(r.Notes, f.notes...)
	return o.write(r, zone, out)
}

// make plans the fleet, as many workloads at a time as there are processors.
func (o *planFlags) make(ctx context.Context, f fleet, from time.Time, tell *planProgress) (*planning.Report, error) {
	if err := o.room(&f.limits); err != nil {
		return nil, err
	}
	p, err := planning.NewPlanner(planning.Options{From: from, Horizon: time.Duration(o.horizon), WhatIf: o.whatIf.WhatIf, Limits: f.limits})
	if err != nil {
		return nil, err
	}
	plans := make([]*planning.Planned, len(f.workloads))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	tell.begin("planned", len(plans))
	for i := range plans {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			plans[i] = p.Plan(f.workloads[i])
			tell.done()
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return p.Gather(plans), nil
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
	if o.file == "" {
		return form(out)
	}
	w, err := createOutput(o.file)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer w.discard()
	if err := form(w); err != nil {
		return err
	}
	return w.commit()
}

// chosen says whether a workload is among those that the arguments name; all
// are if there are none.
func chosen(args []string, namespace, name string) bool {
	for _, a := range args {
		as := name
		if strings.Contains(a, "/") {
			as = namespace + "/" + name
		}
		if ok, _ := path.Match(a, as); ok || a == as {
			return true
		}
	}
	return len(args) == 0
}
