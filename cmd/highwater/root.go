package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "highwater",
		Short: "Raise minReplicas before predicted peaks",
		Long: "Highwater reads the load of workloads from Prometheus, forecasts it, and raises the minReplicas of\n" +
			"their HorizontalPodAutoscalers before a predicted peak. The HPA keeps reacting above that floor.",
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args:                       noSuchCommand,
		Version:                    version(),
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(serveCommand(), demoCommand(), restoreCommand(), forecastCommand(), backtestCommand(), replayCommand(), adviseCommand(), explainCommand(), planCommand(), versionCommand())
	return root
}

// noSuchCommand refuses what is no command, and names those like it.
func noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if like := root.SuggestionsFor(args[0]); len(like) > 0 {
		return fmt.Errorf("unknown command %q: did you mean %s?", args[0], strings.Join(like, " or "))
	}
	return fmt.Errorf("unknown command %q: `highwater --help` lists them", args[0])
}
