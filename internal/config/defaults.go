package config

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
)

// Default is what holds where a user says nothing.
func Default() Config {
	s, p := scheduler.Defaults(), recommender.DefaultPolicy()
	return Config{
		Listen:     ":8080",
		Log:        Log{Level: "info", Format: "text"},
		Prometheus: Prometheus{Timeout: model.Duration(30 * time.Second), Concurrency: 8},
		Kubernetes: Kubernetes{KEDA: true},
		Leader:     Leader{Elect: true, Name: "highwater"},
		Scheduler: Scheduler{
			Tick: s.Tick, Deadline: model.Duration(s.Deadline), Workers: s.Workers, History: model.Duration(s.Span), Step: model.Duration(s.Step),
			Horizon: model.Duration(s.Horizon), Refit: model.Duration(s.Refit), Stale: model.Duration(s.Stale), LeaseTTL: model.Duration(30 * time.Minute),
			ProofEvery: model.Duration(s.ProofEvery), ProofHistory: model.Duration(s.ProofHistory), ProofWorkers: s.ProofWorkers,
		},
		Price: Price{OpenCost: true},
		Defaults: Defaults{
			CostRatio: p.Risk.Ratio, Headroom: p.Headroom, Proof: string(v1alpha1.ProofRequired),
			LeadTime: model.Duration(p.LeadTime), Hold: model.Duration(p.Hold), Quiet: model.Duration(p.Quiet), Grace: model.Duration(p.Grace),
			StepUp: p.StepUp, MinStepUp: int(p.MinStepUp), MaxStepUp: int(p.MaxStepUp), StepDown: p.StepDown, StepEvery: model.Duration(p.StepEvery),
		},
	}
}
