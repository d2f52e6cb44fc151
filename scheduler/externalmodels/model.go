package externalmodels

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
)

// A Forecaster forecasts loads from outside of this process. It may be asked from
// several goroutines at once.
type Forecaster interface {
	// Forecast returns the load at each of the horizon steps after each of the
	// histories, which have one length and one step. It returns once ctx ends.
	Forecast(ctx context.Context, histories []forecast.Series, horizon int) ([][]float64, error)
}

// A Model is an external model: who forecasts, about which loads it is asked, and
// how.
type Model struct {
	Forecaster
	Name    string        // shown to users; no two are the same
	History time.Duration // that it is told
	Horizon time.Duration // that it forecasts; Options.Horizon if zero or longer
	Timeout time.Duration // of all answers about one load
	// Every is the least time between two questions about one load, which are
	// asked after fits. A fit forgets the answers to those before it. Zero asks
	// after each.
	Every time.Duration
	// Loads are patterns as path.Match has them: "namespace/name", or
	// "namespace/name/metric". No pattern is every load.
	Loads []string
	// Kind says in one word what a failure is, and whether it lies with the
	// history rather than with the model, which then is asked on about others.
	// If nil, all failures are alike.
	Kind func(error) (kind string, history bool)
}

// Validate returns what is wrong with the first of the models that makes no sense.
func Validate(models []Model) error {
	seen := map[string]bool{}
	for _, m := range models {
		if err := m.validate(); err != nil {
			return fmt.Errorf("external model %q: %w", m.Name, err)
		}
		if seen[m.Name] {
			return fmt.Errorf("external model %q: there are two of this name", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}

// validate returns the first thing about m that makes no sense.
func (m Model) validate() error {
	switch {
	case m.Name == "":
		return errors.New("name: not set")
	case m.Forecaster == nil:
		return errors.New("forecaster: not set")
	case m.History <= 0:
		return fmt.Errorf("history %s: must be positive", m.History)
	case m.Horizon < 0:
		return fmt.Errorf("horizon %s: must not be negative", m.Horizon)
	case m.Timeout <= 0:
		return fmt.Errorf("timeout %s: must be positive", m.Timeout)
	case m.Every < 0:
		return fmt.Errorf("every %s: must not be negative", m.Every)
	}
	for _, p := range m.Loads {
		if err := CheckPattern(p); err != nil {
			return err
		}
	}
	return nil
}

// CheckPattern returns what is wrong with a pattern of Model.Loads.
func CheckPattern(p string) error {
	if n := strings.Count(p, "/"); n != 1 && n != 2 {
		return fmt.Errorf("workloads: %q; want namespace/name, or namespace/name/metric, as in shop/* or */*/requests", p)
	}
	if _, err := path.Match(p, ""); err != nil {
		return fmt.Errorf("workloads: %q: %w", p, err)
	}
	return nil
}

// matches reports whether the model is asked about a load.
func (m Model) matches(k workload.Key, metric string) bool {
	for _, p := range m.Loads {
		name := k.String()
		if strings.Count(p, "/") == 2 {
			name += "/" + strings.ReplaceAll(metric, "/", "_") // so that * is any metric
		}
		if ok, err := path.Match(p, name); ok && err == nil {
			return true
		}
	}
	return len(m.Loads) == 0
}

// kind says what a failure is and whether it lies with the history.
func (m Model) kind(err error) (kind string, history bool) {
	var b *badAnswer
	switch {
	case errors.As(err, &b):
		return "BadAnswer", false
	case m.Kind == nil:
		return "Failed", false
	}
	if kind, history = m.Kind(err); kind == "" {
		kind = "Failed"
	}
	return kind, history
}

// A badAnswer is an answer that cannot be used.
type badAnswer struct{ text string }

func (b *badAnswer) Error() string { return b.text }

// ask asks the model. The error is a *badAnswer, or the forecaster's own; a panic
// is one, too.
func (m Model) ask(ctx context.Context, histories []forecast.Series, steps int) (answers [][]float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &badAnswer{fmt.Sprintf("internal error: %v", p)}
		}
	}()
	if answers, err = m.Forecast(ctx, histories, steps); err != nil {
		return nil, err
	}
	if len(answers) != len(histories) {
		return nil, &badAnswer{fmt.Sprintf("%d answers to %d questions", len(answers), len(histories))}
	}
	for i, a := range answers {
		if len(a) != steps {
			return nil, &badAnswer{fmt.Sprintf("answer %d of %d has %d steps, and %d are asked for", i+1, len(answers), len(a), steps)}
		}
		for h, v := range a {
			if !(v >= 0 && v <= forecast.MaxLoad) {
				return nil, &badAnswer{fmt.Sprintf("step %d of answer %d is %g, which is no load", h+1, i+1, v)}
			}
		}
	}
	return answers, nil
}

// samples returns how much history and how far ahead the model is asked, in
// steps of a series.
func (m Model) samples(step, horizon time.Duration) (length, steps int) {
	if m.Horizon > 0 {
		horizon = min(horizon, m.Horizon)
	}
	return int(math.Ceil(float64(m.History) / float64(step))), max(1, int(horizon/step))
}
