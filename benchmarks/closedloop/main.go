// Command closedloop replays real loads through the HPA's own algorithm, with
// floors set by Highwater and as its peers would set them, and writes down
// short minutes and pod-hours of each: CLOSEDLOOP.md, closedloop.csv and plots.
//
// scripts/bench-closedloop.sh runs it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := command().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "closedloop:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	o := options{out: "benchmarks/results", parallel: 2}
	cmd := &cobra.Command{
		Use:           "closedloop",
		Short:         "Replay loads with the floors of Highwater and of its peers",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.folders, "traces", nil, "folders with traces; ../shared/traces and what is load-like in its kpi/ if empty and there, else the bundled ones")
	f.StringSliceVar(&o.only, "only", nil, "names of traces; all if empty")
	f.StringVar(&o.out, "out", o.out, "folder to write to")
	f.StringVar(&o.date, "date", "", "of the report; today if empty")
	f.StringVar(&o.release, "release", "", "version of Highwater, for the report")
	f.IntVar(&o.parallel, "parallel", o.parallel, "traces replayed at once")
	f.BoolVar(&o.full, "full", false, "all targets and budgets, and all of the last 40 % of long traces: takes about an hour on two cores")
	return cmd
}
