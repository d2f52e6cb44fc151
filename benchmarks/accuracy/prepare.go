package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/benchmarks/internal/outcome"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

func prepareCommand() *cobra.Command {
	var folders []string
	var out string
	slow := 10
	cmd := &cobra.Command{
		Use:   "prepare --out IN",
		Short: "Write the series and origins that the peers forecast",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tasks, from, err := loadTasks(backtest.Default(), folders)
			if err != nil {
				return err
			}
			if err := prepare(out, tasks, slow); err != nil {
				return err
			}
			n := 0
			for _, t := range tasks {
				n += len(t.Origins)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d series of %s with %d origins in %s\n", len(tasks), from, n, out)
			return err
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&folders, "traces", nil, "folders with traces; ../shared/traces and its kpi/ if empty and there, else the bundled ones")
	f.StringVar(&out, "out", "", "folder to write to")
	f.IntVar(&slow, "slow", slow, "origins of each series that slow peers forecast")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

// prepare writes what the peers read:
//
//	series/NAME.csv   timestamp,value: unix seconds on the scored grid, without gaps
//	origins.csv       series,step,origin,slow: seconds, unix seconds, 0 or 1
//	protocol.json
func prepare(out string, tasks []*backtest.Task, slow int) error {
	if err := os.MkdirAll(filepath.Join(out, "series"), 0o755); err != nil {
		return err
	}
	for _, t := range tasks {
		if err := outcome.Write(filepath.Join(out, "series", t.Name+".csv"), func(w *bufio.Writer) { writeSeries(w, t) }); err != nil {
			return err
		}
	}
	err := outcome.Write(filepath.Join(out, "origins.csv"), func(w *bufio.Writer) {
		fmt.Fprintln(w, "series,step,origin,slow")
		for _, t := range tasks {
			chosen := map[int]bool{}
			for _, i := range backtest.Evenly(t.Origins, slow) {
				chosen[i] = true
			}
			for i, o := range t.Origins {
				mark := 0
				if chosen[o] {
					mark = 1
				}
				fmt.Fprintf(w, "%s,%d,%d,%d\n", t.Name, int(t.Series.Step.Seconds()), t.OriginTime(i).Unix(), mark)
			}
		}
	})
	if err != nil || len(tasks) == 0 {
		return err
	}
	p := tasks[0].Protocol
	return outcome.Write(filepath.Join(out, "protocol.json"), func(w *bufio.Writer) {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		_ = e.Encode(map[string]any{
			"horizon_seconds": int(p.Horizon.Seconds()), "context_seconds": int(p.Context.Seconds()), "quantiles": p.Taus,
		})
	})
}

func writeSeries(w *bufio.Writer, t *backtest.Task) {
	fmt.Fprintln(w, "timestamp,value")
	for i, v := range t.Series.Values {
		if !math.IsNaN(v) {
			fmt.Fprintf(w, "%d,%s\n", t.Series.Time(i).Unix(), strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
}
