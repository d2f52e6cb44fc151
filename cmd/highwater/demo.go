//go:build !controller

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/demo"
)

func demoCommand() *cobra.Command {
	c, speed := config.Default(), 60.0
	c.Listen, c.Log.Level = "127.0.0.1:8080", "warn"
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run on bundled real traces and a simulated cluster, on a clock that runs fast",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !(speed >= 1 && speed <= 600) {
				return fmt.Errorf("--speed %g: must lie between 1 and 600", speed)
			}
			if err := c.Log.Validate(); err != nil {
				return err
			}
			return demo.Run(cmd.Context(), cmd.OutOrStdout(), &c, version(), speed)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", c.Listen, "address to serve HTTP on")
	f.Float64Var(&speed, "speed", speed, "how many times as fast as real time the clock runs; above 120 a tick comes too late for what it decides")
	f.BoolVar(&c.DryRun, "dry-run", c.DryRun, "force Observe everywhere and write nothing to the cluster")
	f.StringVar(&c.Log.Level, "log-level", c.Log.Level, "debug, info, warn or error")
	return cmd
}
