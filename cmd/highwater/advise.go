package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// adviseFlags are what the user can set of an examination.
type adviseFlags struct {
	config Config
	path   string // of the configuration file
	format string

	// Of a CSV file: the HPA that there is no cluster to ask about.
	podCapacity, request float64
	target               string
	least, most          int32
	start                model.Duration
	window               model.Duration
	enforce              bool
	files                fileFlags

	set func(name string) bool // the flag was given
}

// offline are the flags that say what a cluster would; for a workload of a
// cluster they are refused.
var offline = []string{"pod-capacity", "request", "target", "min", "max", "scale-down-window", "enforce", "column", "rate"}

// serving are the flags of the configuration that matter to a server only.
var serving = []string{
	"listen", "dry-run", "log-level", "log-format", "leader-elect", "leader-namespace", "leader-name", "tick", "tick-deadline",
	"workers", "horizon", "refit", "stale", "lease-ttl", "experts", "namespaces", "proof", "proof-every", "proof-history", "proof-workers",
}

func adviseCommand() *cobra.Command {
	o := adviseFlags{
		config: defaultConfig(), format: "table", target: "70%", least: 2, most: 100, start: model.Duration(90 * time.Second),
	}
	cmd := &cobra.Command{
		Use:   "advise (FILE | NAMESPACE/NAME)",
		Short: "Say what to change in an HPA itself: its target, ceiling, baseline and windows",
		Long: "Replays the workload's own past through the HPA's algorithm, as the HPA is and with one field changed, and says\n" +
			"which changes save pods or short minutes, with the evidence. Nothing is written.\n\n" +
			"FILE holds the load of one workload; what its HPA says is given by flags. NAMESPACE/NAME is a\n" +
			"HorizontalPodAutoscaler of a cluster, whose load and replicas are read from Prometheus; the flags that reach both\n" +
			"are those of serve.\n" + fileHelp +
			"docs/advice.md tells how to read the answer.",
		Example: "  highwater advise web.csv --pod-capacity 100 --target 70% --min 2 --max 20\n" +
			"  highwater advise web.csv --pod-capacity 250 --target 175 --enforce -o json\n" +
			"  highwater advise shop/web --prometheus-url http://localhost:9090",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if v, ok := os.LookupEnv(envPrefix + "CONFIG"); ok && o.path == "" {
				o.path = v
			}
			if err := o.config.load(cmd.Flags(), o.path); err != nil {
				return err
			}
			o.set = cmd.Flags().Changed
			return o.run(cmd.Context(), args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	o.config.bind(f)
	for _, name := range serving {
		if g := f.Lookup(name); g != nil {
			g.Hidden = true
		}
	}
	f.StringVar(&o.path, "config", "", "configuration file in YAML")
	o.bind(f)
	return cmd
}

// bind makes flags of what a file does not say.
func (o *adviseFlags) bind(f *pflag.FlagSet) {
	f.Float64Var(&o.podCapacity, "pod-capacity", 0, "of a file: load that one ready pod carries at the most, in the unit of the file")
	f.StringVar(&o.target, "target", o.target, "of a file: the HPA's target, as 70% of what a pod requests, or as a load for each pod")
	f.Float64Var(&o.request, "request", 0, "of a file: what a pod requests, in the unit of the file; the pod capacity if 0")
	f.Int32Var(&o.least, "min", o.least, "of a file: the HPA's minReplicas")
	f.Int32Var(&o.most, "max", o.most, "of a file: the HPA's maxReplicas")
	f.Var(duration(&o.window), "scale-down-window", "of a file: spec.behavior.scaleDown.stabilizationWindowSeconds; the controller's 5m if not given")
	f.BoolVar(&o.enforce, "enforce", false, "of a file: compare with the HPA under Highwater's floors, as in mode Enforce")
	o.files.bind(f)
	f.Var(duration(&o.start), "start", "from a pod's creation to Ready; of a workload in a cluster what was learned, or the lead time less 30s, if not given")
	f.StringVarP(&o.format, "output", "o", o.format, "table or json")
}

// tellEvery is how often long work says how far it has come.
const tellEvery = 10 * time.Second

// run reads a history, examines it and prints what was found.
func (o *adviseFlags) run(ctx context.Context, arg string, in io.Reader, out, errOut io.Writer) error {
	if o.format != "table" && o.format != "json" {
		return fmt.Errorf("--output %q: must be table or json", o.format)
	}
	x, err := o.read(ctx, arg, in)
	if err != nil {
		return err
	}
	tellNotes(errOut, x.assumed)
	next := time.Now().Add(tellEvery)
	r, err := advice.Examine(x.Input, func(done float64) error {
		if now := time.Now(); now.After(next) {
			next = now.Add(tellEvery)
			fmt.Fprintf(errOut, "%.0f %% replayed\n", 100*done)
		}
		return ctx.Err()
	})
	if err != nil {
		return interrupted(ctx, err)
	}
	return o.print(out, x, r)
}

// An examined is a workload to give advice for.
type examined struct {
	advice.Input
	name  string
	unit  string   // of the first load
	notes []string // for the user

	assumed []string // of the file
}

// read reads a file, or a workload of a cluster.
func (o *adviseFlags) read(ctx context.Context, arg string, in io.Reader) (*examined, error) {
	_, err := os.Stat(arg)
	if err == nil || arg == "-" || strings.HasSuffix(arg, ".csv") || strings.HasSuffix(arg, ".gz") || strings.HasSuffix(arg, ".json") {
		return o.readFile(arg, in)
	}
	ns, name, ok := strings.Cut(arg, "/")
	if !ok || ns == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("%q: neither a file nor NAMESPACE/NAME of a HorizontalPodAutoscaler", arg)
	}
	for _, flag := range offline {
		if o.set(flag) {
			return nil, fmt.Errorf("--%s: %s is no file, and what its HPA says is read from the cluster; leave the flag out", flag, arg)
		}
	}
	return o.readLive(ctx, ns, name)
}

// readFile makes a workload of a CSV file and the flags.
func (o *adviseFlags) readFile(file string, in io.Reader) (*examined, error) {
	metric, err := o.metric()
	if err = errors.Join(err, o.checkFile()); err != nil {
		return nil, err
	}
	l, assumed, err := o.files.one(file, in, zoneOf(o.config.Defaults.Calendar))
	if err != nil {
		return nil, err
	}
	load := l.series
	policy := o.config.policy()
	if !o.set("lead-time") {
		policy.LeadTime = time.Duration(o.start) + leadMargin
	}
	if o.enforce {
		policy.Mode = recommender.Enforce
	}
	spec := simulate.Spec{Min: o.least, Max: o.most, Metrics: []simulate.Metric{metric}}
	if o.set("scale-down-window") {
		w := time.Duration(o.window)
		spec.Behavior = &simulate.Behavior{Down: simulate.Rules{Window: &w}}
	}
	c := proof.Case{
		Loop:     simulate.Loop{Spec: spec, PerPod: []float64{o.podCapacity}, Start: simulate.Starts{Fixed: time.Duration(o.start)}},
		Loads:    []forecast.Series{load},
		Policy:   policy,
		Calendar: build(o.config.Defaults.Calendar, load, time.Duration(o.config.Scheduler.Horizon)),
	}
	return &examined{Input: advice.Input{Case: c}, name: l.name, assumed: withQuality(assumed, l.quality)}, nil
}

// leadMargin is what a lead time has beyond a pod's start: two syncs.
const leadMargin = 30 * time.Second

// checkFile returns every problem of the flags that describe a file's HPA.
func (o *adviseFlags) checkFile() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(!(o.podCapacity > 0) || math.IsInf(o.podCapacity, 0), "--pod-capacity %g: give the load that one ready pod carries at the most, in the unit of the file", o.podCapacity)
	add(!(o.request >= 0) || math.IsInf(o.request, 0), "--request %g: give what a pod requests, in the unit of the file, or leave it out", o.request)
	add(o.least < 1, "--min %d: an HPA keeps at least 1 pod", o.least)
	add(o.most < o.least, "--max %d: make it at least --min, which is %d", o.most, o.least)
	add(o.start < 0, "--start %s: must not be negative", o.start)
	add(time.Duration(o.window) > time.Hour || time.Duration(o.window)%time.Second != 0, "--scale-down-window %s: must be whole seconds, 1h at the most", o.window)
	errs = append(errs, o.config.Defaults.validate(time.Duration(o.config.Scheduler.Horizon))...)
	for _, p := range o.config.Defaults.Calendar.Problems() {
		errs = append(errs, fmt.Errorf("calendar: %w", p))
	}
	return errors.Join(errs...)
}

// metric reads the target: a share of what a pod requests, or a load.
func (o *adviseFlags) metric() (simulate.Metric, error) {
	text, share := strings.CutSuffix(o.target, "%")
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !(v > 0) || math.IsInf(v, 0):
		return simulate.Metric{}, fmt.Errorf("--target %q: write it as 70%%, or as the load that each pod should have, such as 85", o.target)
	case !share && o.request != 0:
		return simulate.Metric{}, fmt.Errorf("--request %g: --target %s is no share of it; leave it out, or write the target in percent", o.request, o.target)
	case !share:
		return simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Pods, Target: v}, nil
	}
	request := o.request
	if request == 0 {
		request = o.podCapacity
	}
	return simulate.Metric{Kind: simulate.Utilization, Source: simulate.Resource, Target: v / 100, Request: request}, nil
}
