package main

import (
	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/server"
)

func serveCommand() *cobra.Command {
	c, path := config.Default(), ""
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Forecast, recommend and, where a policy enforces, set floors",
		Long: "Watches the HorizontalPodAutoscalers and FloorPolicies of a cluster, forecasts their load from Prometheus, and\n" +
			"serves recommendations over HTTP. Floors are set only where a FloorPolicy has mode: Enforce.\n\n" +
			"Every flag is also a key of the configuration file and an environment variable: --prometheus-url is\n" +
			"prometheus.url and " + config.EnvPrefix + "PROMETHEUS_URL. Flags win over the environment, that over the file.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Load(cmd.Flags(), path); err != nil {
				return err
			}
			if err := c.Validate(); err != nil {
				return err
			}
			return server.Live(cmd.Context(), &c, server.Build{Version: version(), Variant: variant})
		},
	}
	cmd.Flags().StringVar(&path, "config", "", "configuration file in YAML")
	c.Bind(cmd.Flags())
	return cmd
}
