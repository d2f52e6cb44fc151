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
	f.Float64Var(&w.PodCapacity, "pod-capacity", 0, "where --workloads says nothing: load that one ready pod carries at the most")
	f.StringVar(&w.Target, "target", fleet.DefaultTarget, "where --workloads says nothing: what the HPA aims at, as 70% of what a pod carries, or as a load for each pod")
	f.Int32Var(&w.Baseline, "baseline", fleet.DefaultBaseline, "where --workloads says nothing: the HPA's minReplicas")
	f.Int32Var(&w.Ceiling, "ceiling", 0, "where --workloads says nothing: the HPA's maxReplicas; 0 for any number")
	f.Var(config.Duration(w.Start), "start", "where --workloads says nothing: time from a pod's creation to Ready")
	f.StringVar(&w.CPU, "pod-cpu", "", "where --workloads says nothing: CPU that one pod requests, as 500m")
	f.StringVar(&w.Memory, "pod-memory", "", "where --workloads says nothing: memory that one pod requests, as 512Mi")
}
