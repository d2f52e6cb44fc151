package config

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast/inference"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
)

// Expert is a model on an inference server that takes part in forecasts.
type Expert struct {
	Name string `json:"name,omitempty"`
	Server
	Model     string         `json:"model"`
	Version   string         `json:"version,omitempty"`
	Input     string         `json:"input,omitempty"`
	Output    string         `json:"output,omitempty"`
	Length    int            `json:"length"`
	Step      model.Duration `json:"step"`
	Horizon   model.Duration `json:"horizon,omitempty"`
	Batch     int            `json:"batch,omitempty"`
	Timeout   model.Duration `json:"timeout,omitempty"`
	Workloads []string       `json:"workloads,omitempty"`
	Every     model.Duration `json:"every,omitempty"`
}

// expertTimeout is how long an expert may take for all answers about one load.
const expertTimeout = 30 * time.Second

// name is what users are shown.
func (e Expert) name() string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Version != "":
		return e.Model + "/" + e.Version
	}
	return e.Model
}

func (e Expert) timeout() time.Duration {
	if e.Timeout == 0 {
		return expertTimeout
	}
	return time.Duration(e.Timeout)
}

// ClientOptions returns how the model is asked.
func (e Expert) ClientOptions() inference.Config {
	return inference.Config{
		URL: e.URL, Model: e.Model, Version: e.Version, Input: e.Input, Output: e.Output,
		Length: e.Length, Step: time.Duration(e.Step), Timeout: e.timeout(), MaxBatch: e.Batch,
		TokenFile: e.TokenFile, Username: e.Username, PasswordFile: e.PasswordFile,
		CAFile: e.CAFile, CertFile: e.CertFile, KeyFile: e.KeyFile, ServerName: e.ServerName, InsecureSkipVerify: e.InsecureSkipVerify,
		Headers: e.Headers,
	}
}

// ExternalModel returns how the scheduler asks x, the client of e.
func (e Expert) ExternalModel(x externalmodels.Forecaster) externalmodels.Model {
	return externalmodels.Model{
		Forecaster: x, Name: e.name(), History: time.Duration(e.Length) * time.Duration(e.Step), Horizon: time.Duration(e.Horizon),
		Timeout: e.timeout(), Every: time.Duration(e.Every), Loads: e.Workloads, Kind: expertFailure,
	}
}

// expertFailure says what a failure is, and whether it lies with the history.
func expertFailure(err error) (kind string, history bool) {
	k := inference.KindOf(err)
	return string(k), k == inference.TooShort || k == inference.Unfit
}

// expertProblems returns what is wrong with the experts, each with its key.
func (c *Config) expertProblems() []error {
	var errs []error
	seen := map[string]bool{}
	for i, e := range c.Experts {
		add := func(err error) { errs = append(errs, fmt.Errorf("experts[%d].%w", i, err)) }
		x, err := inference.New(e.ClientOptions())
		if err != nil {
			for line := range strings.Lines(strings.TrimPrefix(err.Error(), "inference: ")) {
				add(errors.New(strings.TrimSuffix(line, "\n")))
			}
		} else {
			_ = x.Close() // it has no connection
		}
		step := time.Duration(c.Scheduler.Step)
		if e.Step > 0 && step > 0 && time.Duration(e.Step)%step != 0 {
			add(fmt.Errorf("step: %s is no multiple of scheduler.step, %s", e.Step, c.Scheduler.Step))
		}
		if e.Step > 0 && e.Length > int(c.Scheduler.History/2/e.Step) {
			add(fmt.Errorf("length: %d samples of %s are more than half of scheduler.history, %s: nothing is left to try it on", e.Length, e.Step, c.Scheduler.History))
		}
		if e.Horizon > 0 && e.Horizon < e.Step {
			add(fmt.Errorf("horizon: %s is less than its step, %s", e.Horizon, e.Step))
		}
		for _, p := range e.Workloads {
			if err := externalmodels.CheckPattern(p); err != nil {
				add(err)
			}
		}
		if seen[e.name()] {
			add(fmt.Errorf("name: %q is that of another expert, too", e.name()))
		}
		seen[e.name()] = true
	}
	return errs
}

// ExpertClients returns the clients of the inference servers, in their order.
func (c *Config) ExpertClients() ([]*inference.Expert, error) {
	var list []*inference.Expert
	for i, e := range c.Experts {
		x, err := inference.New(e.ClientOptions())
		if err != nil {
			return nil, fmt.Errorf("experts[%d]: %w", i, err)
		}
		list = append(list, x)
	}
	return list, nil
}

// CheckExperts returns what the servers have against being asked.
func CheckExperts(ctx context.Context, list []*inference.Expert) error {
	var errs []error
	for _, x := range list {
		errs = append(errs, x.Check(ctx))
	}
	return errors.Join(errs...)
}

// expertsValue makes a flag of experts: it is their list in YAML.
type expertsValue []Expert

func (e *expertsValue) Type() string { return "experts" }

func (e *expertsValue) String() string { return listText(*e) }

func (e *expertsValue) Set(s string) error { return setList((*[]Expert)(e), s) }
