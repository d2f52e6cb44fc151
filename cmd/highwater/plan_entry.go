package main

import (
	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/fleet"
)

// bindEntry makes flags of what holds of a workload whose file says nothing.
func bindEntry(f *pflag.FlagSet, w *fleet.Entry) {
	start := fleet.DefaultStart
	w.Start = &start
	f.Float64Var(&w.PodCapacity, "pod-capacity", 0, "load that one ready pod carries at the most, where the file says nothing")
	f.StringVar(&w.Target, "target", fleet.DefaultTarget, "share of it that the HPA aims at, likewise")
	f.Int32Var(&w.Baseline, "baseline", fleet.DefaultBaseline, "the HPA's minReplicas, likewise")
	f.Int32Var(&w.Ceiling, "ceiling", 0, "the HPA's maxReplicas, likewise; 0 for any number")
	f.Var(config.Duration(w.Start), "start", "time from a pod's creation to Ready, likewise")
	f.StringVar(&w.CPU, "pod-cpu", "", "CPU that one pod requests, as 500m, likewise")
	f.StringVar(&w.Memory, "pod-memory", "", "memory that one pod requests, as 512Mi, likewise")
}
