// Command accuracy measures Highwater's forecasts beside those of others, on
// the same origins of the same series, in one run:
//
//	accuracy prepare --out IN         series and origins, as files for the peers
//	accuracy report --peers OUT       ACCURACY.md, accuracy.csv and plots
//	accuracy speed --peers OUT        SPEED.md
//
// scripts/bench-accuracy.sh and scripts/bench-speed.sh run the peers between.
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
	root := &cobra.Command{Use: "accuracy", Short: "Measure forecasts beside those of others", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(prepareCommand(), reportCommand(), speedCommand())
	err := root.ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}
