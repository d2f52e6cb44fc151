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

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/fleet"
	"github.com/highwater-dev/highwater/internal/progress"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/proof/report"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// replayFlags are what the user can set of a replay.
type replayFlags struct {
	capacity          float64
	target            string
	budget            shareValue
	ratio, quantile   float64
	headroom          shareValue
	start, lead, hold model.Duration
	sync, delay       model.Duration
	baseline, ceiling int32
	policies          []string
	score, format     string
	file, plot        string
	price             float64
	behavior          string
	calendar          calendarFlags
	source            forecastFlags // of which only what reads a query is used
	query             string
	changed           func(flag string) bool
}

func replayCommand() *cobra.Command {
	d := recommender.DefaultPolicy()
	o := replayFlags{
		target: fleet.DefaultTarget, ratio: d.Risk.Ratio, start: model.Duration(90 * time.Second), hold: model.Duration(d.Hold),
		sync: model.Duration(15 * time.Second), baseline: 2, ceiling: 200, score: "0.6", format: "table",
		policies: []string{proof.PolicyHPA, proof.PolicyHighwater, proof.PolicyOracle},
		source:   forecastFlags{config: config.Default(), span: model.Duration(28 * 24 * time.Hour), now: time.Now},
	}
	connection := pflag.NewFlagSet("prometheus", pflag.ContinueOnError)
	o.source.config.Prometheus.Bind(connection)
	cmd := &cobra.Command{
		Use:   "replay (FILE | --query QUERY --prometheus-url URL) --pod-capacity N",
		Short: "Replay a load through the HPA with and without floors: short minutes and pod-hours of each",
		Long: "Plays the HPA's own algorithm on a load of the past, with pods that take time to start: alone, with the floors that\n" +
			"Highwater would have set from what was known by then, and with those of an oracle that knows the load. Says whether\n" +
			"floors may be trusted, and why. docs/replay.md tells how to read the table.\n" +
			fileHelp,
		Example: "  highwater replay web.csv --pod-capacity 100\n" +
			"  highwater replay web.csv --pod-capacity 100 --target 70% --start 90s --baseline 2 --ceiling 200 -o json\n" +
			"  highwater replay web.csv --pod-capacity 100 --risk-budget 0.5% --price 0.04 --plot web.svg",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed = cmd.Flags().Changed
			o.spreadQuantiles()
			if err := errors.Join(o.validate(args)...); err != nil {
				return err
			}
			if err := o.source.config.Load(connection, o.source.path); err != nil {
				return err
			}
			if err := o.source.config.Price.Validate(); err != nil {
				return err
			}
			return o.run(cmd.Context(), args, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.bind(cmd.Flags())
	cmd.Flags().AddFlagSet(connection)
	return cmd
}

func (o *replayFlags) bind(f *pflag.FlagSet) {
	f.Float64Var(&o.capacity, "pod-capacity", 0, "load that one ready pod carries at most (100 %), in the unit of the load; required")
	f.StringVar(&o.target, "target", o.target, "that the HPA aims at: a share of the pod capacity, as 70%, or a load for each pod")
	f.Var(config.Duration(&o.start), "start", "from a pod's creation to its being Ready")
	f.Int32Var(&o.baseline, "baseline", o.baseline, "minReplicas of the HPA without floors")
	f.Int32Var(&o.ceiling, "ceiling", o.ceiling, "maxReplicas of the HPA")
	f.StringSliceVar(&o.policies, "policies", o.policies, "of hpa, highwater, naive, constant, oracle; q0.95 and the like for one quantile all the time, quantiles for all of them")
	f.StringVar(&o.score, "score", o.score, "from when outcomes count: share of the history before it, or a time in RFC 3339")
	f.Var(&o.budget, "risk-budget", "share of minutes that may be short, as 0.5%; without it the quantile is taken that costs least")
	f.Float64Var(&o.ratio, "cost-ratio", o.ratio, "minutes of all pods that one short minute is worth")
	f.Float64Var(&o.quantile, "quantile", 0, "of the largest load that floors cover, at the HPA's target; found on the past if 0")
	f.Var(&o.headroom, "headroom", "share added to the load, as 10%")
	f.Var(config.Duration(&o.lead), "lead-time", "that floors are raised early; start and 30s if 0")
	f.Var(config.Duration(&o.hold), "hold", "how long a floor stays after its load is due")
	f.Var(config.Duration(&o.sync), "sync", "time between two acts of the HPA")
	f.Var(config.Duration(&o.delay), "metrics-delay", "age of the metric that the HPA sees")
	f.StringVar(&o.behavior, "behavior", "", "YAML file with a spec.behavior of autoscaling/v2; the controller's own rules if empty")
	f.Float64Var(&o.price, "price", 0, "of a pod for an hour; adds the cost")
	f.StringVarP(&o.format, "output", "o", o.format, "table or json")
	bindOut(f, &o.file)
	f.StringVar(&o.plot, "plot", "", "also draw the replay into this file, SVG or .png")
	f.StringVar(&o.query, "query", "", "PromQL that gives the load, in place of a file")
	f.Var(config.Duration(&o.source.span), "span", "history to read of a query")
	f.Var(config.Duration(&o.source.step), "step", "of forecasts, and of what is read of a query; 1m, or the file's own if longer, if 0")
	f.StringVar(&o.source.path, "config", "", "configuration file in YAML, for its section prometheus")
	o.calendar.bind(f)
	o.source.files.bind(f)
}

// A replayed load is a history with what came of it.
type replayed struct {
	name     string
	load     forecast.Series
	zone     *time.Location
	c        proof.Case
	proof    *proof.Proof
	warnings []string
	assumed  []string // of the file
}

func (o *replayFlags) run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	spec, err := o.calendar.spec()
	if err != nil {
		return err
	}
	r := replayed{zone: location(spec)}
	err = o.read(ctx, &r, args, in, zoneOf(spec))
	tellNotes(errOut, r.assumed)
	if err != nil {
		return err
	}
	if err := o.lay(&r, spec); err != nil {
		return err
	}
	for _, w := range r.warnings {
		fmt.Fprintln(errOut, "warning: "+w)
	}
	bar := progress.NewReplay(ctx, errOut)
	r.proof, err = r.c.Prove(o.played(), bar.Tick)
	bar.Clear()
	if why, ok := proof.IsTooShort(err); ok {
		return fmt.Errorf("%s: too short: %s; give more history, or a later --score", r.name, why)
	} else if err != nil {
		return interrupted(ctx, err)
	}
	if o.plot != "" {
		if err := o.draw(&r); err != nil {
			return err
		}
	}
	told := report.Replay{Name: r.name, Zone: r.zone, Case: &r.c, Proof: r.proof, Policies: o.policies, Price: o.podHour()}
	if o.format == "json" {
		return writeAnswer(out, o.file, told.JSON)
	}
	return writeAnswer(out, o.file, told.Table)
}

// podHour is the price of the flag, or else of the configuration file.
func (o *replayFlags) podHour() price.Price {
	c := o.source.config.Price
	if o.price > 0 {
		c = config.Price{PodHour: o.price, Currency: c.Currency}
	}
	p, _ := c.Book().Of(price.Pod{}) // which has one for any pod, or none
	return p
}

// allQuantiles stands for floors at each of the quantiles that a proof tries.
const allQuantiles = "quantiles"

func (o *replayFlags) spreadQuantiles() {
	if i := slices.Index(o.policies, allQuantiles); i >= 0 {
		var list []string
		for _, tau := range proof.QuantileLadder {
			list = append(list, proof.PolicyAt(tau))
		}
		o.policies = slices.Replace(slices.Clone(o.policies), i, i+1, list...)
	}
}

// played lists the policies to replay: the proof rests on the first two.
func (o *replayFlags) played() []string {
	list := []string{proof.PolicyHPA, proof.PolicyHighwater}
	for _, name := range o.policies {
		if name != proof.PolicyHPA && name != proof.PolicyHighwater {
			list = append(list, name)
		}
	}
	return list
}

// lay makes the case of the load and the flags.
func (o *replayFlags) lay(r *replayed, spec calendar.Spec) error {
	behavior, err := readBehavior(o.behavior)
	if err != nil {
		return err
	}
	target, err := o.aim()
	if err != nil {
		return err
	}
	score, err := o.scoreOf(r)
	if err != nil {
		return err
	}
	p := recommender.DefaultPolicy()
	p.Hold, p.Headroom, p.LeadTime = time.Duration(o.hold), float64(o.headroom), time.Duration(o.lead)
	if o.lead == 0 {
		p.LeadTime = time.Duration(o.start) + 30*time.Second
	}
	p.Risk = recommender.Risk{Budget: float64(o.budget), Ratio: o.ratio}
	if o.quantile > 0 {
		p.Risk, p.Quantile = recommender.Risk{}, o.quantile
	}
	// A step is a multiple of the load's own.
	step := max(time.Duration(o.source.step), minStep)
	step = (step + r.load.Step - 1) / r.load.Step * r.load.Step
	r.c = proof.Case{
		Loop: simulate.Loop{
			Spec: simulate.Spec{Min: o.baseline, Max: o.ceiling, Behavior: behavior,
				Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: target}}},
			PerPod: []float64{o.capacity}, Start: simulate.Starts{Fixed: time.Duration(o.start)},
			Sync: time.Duration(o.sync), Delay: time.Duration(o.delay),
		},
		Loads: []forecast.Series{r.load}, Policy: p, Score: score, Step: step,
		Calendar: build(spec, r.load, p.Window()+24*time.Hour),
	}
	if err := r.c.Check(); err != nil {
		return err
	}
	doubt, err := r.c.CheckUnits()
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	if doubt != "" {
		r.warnings = append(r.warnings, doubt)
	}
	return nil
}
