package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/cluster/patch"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/fleet"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/advice/report"
	"github.com/highwater-dev/highwater/recommender/price"
)

// adviseFlags are what the user can set of an examination.
type adviseFlags struct {
	config config.Config
	path   string // of the configuration file
	format string
	file   string // to write to

	hpa     fleet.HPA // of a file: the HPA that there is no cluster to ask about
	start   model.Duration
	window  model.Duration
	enforce bool
	files   fileFlags

	set func(name string) bool // the flag was given
}

// offline are the flags that say what a cluster would; for a workload of a
// cluster they are refused.
var offline = []string{"pod-capacity", "request", "target", "baseline", "ceiling", "scale-down-window", "enforce", "column", "rate"}

// serving are the flags of the configuration that matter to a server only.
var serving = []string{
	"listen", "dry-run", "log-level", "log-format", "leader-elect", "leader-namespace", "leader-name", "tick", "tick-deadline",
	"workers", "horizon", "refit", "stale", "lease-ttl", "experts", "namespaces", "proof", "proof-every", "proof-history", "proof-workers",
}

func adviseCommand() *cobra.Command {
	o := adviseFlags{
		config: config.Default(), format: "table", hpa: fleet.HPA{Target: fleet.DefaultTarget, Baseline: 2, Ceiling: 100}, start: model.Duration(90 * time.Second),
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
		Example: "  highwater advise web.csv --pod-capacity 100 --target 70% --baseline 2 --ceiling 20\n" +
			"  highwater advise web.csv --pod-capacity 250 --target 175 --enforce -o json\n" +
			"  highwater advise shop/web --prometheus-url http://localhost:9090 -o patch\n" +
			"  highwater advise shop/web --prometheus-url http://localhost:9090",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.config.Load(cmd.Flags(), o.path); err != nil {
				return err
			}
			o.set = cmd.Flags().Changed
			return o.run(cmd.Context(), args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	o.config.Bind(f)
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
	f.Float64Var(&o.hpa.PodCapacity, "pod-capacity", 0, "of a file: load that one ready pod carries at the most, in the unit of the file")
	f.StringVar(&o.hpa.Target, "target", o.hpa.Target, "of a file: the HPA's target, as 70% of what a pod requests, or as a load for each pod")
	f.Float64Var(&o.hpa.Request, "request", 0, "of a file: what a pod requests, in the unit of the file; the pod capacity if 0")
	f.Int32Var(&o.hpa.Baseline, "baseline", o.hpa.Baseline, "of a file: the HPA's minReplicas")
	f.Int32Var(&o.hpa.Ceiling, "ceiling", o.hpa.Ceiling, "of a file: the HPA's maxReplicas")
	f.Var(config.Duration(&o.window), "scale-down-window", "of a file: spec.behavior.scaleDown.stabilizationWindowSeconds; the controller's 5m if not given")
	f.BoolVar(&o.enforce, "enforce", false, "of a file: compare with the HPA under Highwater's floors, as in mode Enforce")
	o.files.bind(f)
	f.Var(config.Duration(&o.start), "start", "from a pod's creation to Ready; of a workload in a cluster what was learned, or the lead time less 30s, if not given")
	f.StringVarP(&o.format, "output", "o", o.format, "table or json; or the change that is worth most as a kubectl command (patch), for kustomize, or as values for helm")
	bindOut(f, &o.file)
}

// tellEvery is how often long work says how far it has come.
const tellEvery = 10 * time.Second

// run reads a history, examines it and prints what was found.
func (o *adviseFlags) run(ctx context.Context, arg string, in io.Reader, out, errOut io.Writer) error {
	asPatch := slices.Contains(patch.Formats, o.format)
	if o.format != "table" && o.format != "json" && !asPatch {
		return fmt.Errorf("--output %q: must be table, json, patch, kustomize or helm", o.format)
	}
	x, err := o.read(ctx, arg, in)
	if err != nil {
		return err
	}
	tellNotes(errOut, x.Assumed)
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
	d := report.New(x.Name, x.Notes, x.Price, r)
	form := d.Text
	switch {
	case o.format == "json":
		form = d.JSON
	case asPatch:
		a, err := x.Autoscaler(ctx)
		if err != nil {
			return interrupted(ctx, err)
		}
		form = func(w io.Writer) error { return patch.Write(w, o.format, a, r) }
	}
	return writeAnswer(out, o.file, form)
}

// read reads a file, or a workload of a cluster.
func (o *adviseFlags) read(ctx context.Context, arg string, in io.Reader) (*fleet.Subject, error) {
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
	var start *time.Duration
	if o.set("start") {
		start = (*time.Duration)(&o.start)
	}
	r := fleet.Reader{Config: &o.config, Version: version()}
	return r.Subject(ctx, workload.Key{Namespace: ns, Name: name}, start)
}

// readFile makes a workload of a file and the flags.
func (o *adviseFlags) readFile(file string, in io.Reader) (*fleet.Subject, error) {
	c, horizon := o.config.Defaults.Calendar, time.Duration(o.config.Scheduler.Horizon)
	if o.hpa.Start = time.Duration(o.start); o.set("scale-down-window") {
		o.hpa.DownWindow = (*time.Duration)(&o.window)
	}
	errs := append([]error{o.hpa.Check(), o.config.Price.Validate()}, o.config.Defaults.Validate(horizon)...)
	for _, p := range c.Problems() {
		errs = append(errs, fmt.Errorf("calendar: %w", p))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	l, assumed, err := o.files.one(file, in, zoneOf(c))
	if err != nil {
		return nil, err
	}
	policy := o.config.Policy()
	if !o.set("lead-time") {
		policy.LeadTime = o.hpa.LeadTime()
	}
	if o.enforce {
		policy.Mode = recommender.Enforce
	}
	x := o.hpa.Subject(l.name, l.series, policy, build(c, l.series, horizon))
	if x.Price, err = o.config.Price.Book().Of(price.Pod{}); err != nil {
		x.Notes = append(x.Notes, "there are no costs: a file does not say what a pod requests; give --price-pod-hour")
	}
	x.Assumed = withQuality(assumed, l.quality)
	return x, nil
}
