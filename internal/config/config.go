// Package config holds what a user can set: the keys of the configuration file,
// the flags and the environment variables of highwater, their defaults, what is
// wrong with them, and the options of the packages that follow from them.
package config

import (
	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history/login"
)

// A Config is what a user can set. Each field is a key of the configuration
// file, a flag and an environment variable; see Bind.
type Config struct {
	Listen     string     `json:"listen"`
	Scaler     Scaler     `json:"scaler"`
	DryRun     bool       `json:"dryRun"`
	Log        Log        `json:"log"`
	Prometheus Prometheus `json:"prometheus"`
	Kubernetes Kubernetes `json:"kubernetes"`
	Leader     Leader     `json:"leader"`
	Scheduler  Scheduler  `json:"scheduler"`
	Price      Price      `json:"price"`
	Experts    []Expert   `json:"experts"`
	Defaults   Defaults   `json:"defaults"`
}

// Scaler says where floors are served to KEDA, as an external scaler.
type Scaler struct {
	Listen   string `json:"listen"`
	CertFile string `json:"certFile"`
	KeyFile  string `json:"keyFile"`
}

// Log says what is logged.
type Log struct {
	Level  string `json:"level"`  // debug, info, warn or error
	Format string `json:"format"` // text or json
}

// Server says how a server is reached over HTTP.
type Server struct {
	URL                string            `json:"url"`
	TokenFile          string            `json:"tokenFile,omitempty"`
	Username           string            `json:"username,omitempty"`
	PasswordFile       string            `json:"passwordFile,omitempty"`
	CAFile             string            `json:"caFile,omitempty"`
	CertFile           string            `json:"certFile,omitempty"`
	KeyFile            string            `json:"keyFile,omitempty"`
	ServerName         string            `json:"serverName,omitempty"`
	InsecureSkipVerify bool              `json:"insecureSkipVerify,omitempty"`
	Headers            map[string]string `json:"headers,omitempty"`
}

// Prometheus says where loads are read.
type Prometheus struct {
	Server
	login.Options
	Params       map[string]string `json:"params,omitempty"`
	AllowPartial bool              `json:"allowPartial,omitempty"`
	Matchers     []string          `json:"matchers"`
	Timeout      model.Duration    `json:"timeout"`
	Concurrency  int               `json:"concurrency"`
	RateWindow   model.Duration    `json:"rateWindow"`
}

// Kubernetes says which cluster, and what of it.
type Kubernetes struct {
	Kubeconfig   string   `json:"kubeconfig"`
	Context      string   `json:"context"`
	Namespaces   []string `json:"namespaces"`
	KEDA         bool     `json:"keda"`
	NodeHeadroom bool     `json:"nodeHeadroom"`
}

// Leader says how replicas agree on the one that acts.
type Leader struct {
	Elect     bool   `json:"elect"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Scheduler says how the crank is turned.
type Scheduler struct {
	Tick     string         `json:"tick"`
	Deadline model.Duration `json:"deadline"`
	Workers  int            `json:"workers"`
	History  model.Duration `json:"history"`
	Step     model.Duration `json:"step"`
	Horizon  model.Duration `json:"horizon"`
	Refit    model.Duration `json:"refit"`
	Stale    model.Duration `json:"stale"`
	LeaseTTL model.Duration `json:"leaseTTL"`

	ProofEvery   model.Duration `json:"proofEvery"`
	ProofHistory model.Duration `json:"proofHistory"`
	ProofWorkers int            `json:"proofWorkers"`
}

// Price says what pods cost, where OpenCost does not say it.
type Price struct {
	OpenCost bool    `json:"openCost"`
	PodHour  float64 `json:"podHour"`
	CPUHour  float64 `json:"cpuHour"`
	GiBHour  float64 `json:"gibHour"`
	GPUHour  float64 `json:"gpuHour"`
	Currency string  `json:"currency"`
}

// Defaults holds for workloads whose policy says nothing.
type Defaults struct {
	RiskBudget float64        `json:"riskBudget"`
	CostRatio  float64        `json:"costRatio"`
	Quantile   float64        `json:"quantile"`
	Headroom   float64        `json:"headroom"`
	Proof      string         `json:"proof"`
	LeadTime   model.Duration `json:"leadTime"`
	Hold       model.Duration `json:"hold"`
	Quiet      model.Duration `json:"quiet"`
	Grace      model.Duration `json:"grace"`
	StepUp     float64        `json:"stepUp"`
	MinStepUp  int            `json:"minStepUp"`
	MaxStepUp  int            `json:"maxStepUp"`
	StepDown   float64        `json:"stepDown"`
	StepEvery  model.Duration `json:"stepEvery"`
	Calendar   calendar.Spec  `json:"calendar"`
}
