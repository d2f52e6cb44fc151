package main

import "github.com/spf13/cobra"

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "highwater",
		Short: "Raise minReplicas before predicted peaks",
		Long: "Highwater reads the load of workloads from Prometheus, forecasts it, and raises the minReplicas of\n" +
			"their HorizontalPodAutoscalers before a predicted peak. The HPA keeps reacting above that floor.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		Version:       version(),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(serveCommand(), demoCommand(), restoreCommand(), forecastCommand(), backtestCommand(), replayCommand(), adviseCommand(), explainCommand(), planCommand(), versionCommand())
	return root
}
