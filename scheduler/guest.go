package scheduler

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

// An Expert forecasts loads from outside of this process. It may be asked from
// several goroutines at once.
type Expert interface {
	// Forecast returns the load at each of the horizon steps after each of the
	// histories, which have one length and one step. It returns once ctx ends.
	Forecast(ctx context.Context, histories []forecast.Series, horizon int) ([][]float64, error)
}

// A Guest is an expert, and which loads it is asked about, and how.
type Guest struct {
	Expert
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
	// history rather than with the expert, which then is asked on about others.
	// If nil, all failures are alike.
	Kind func(error) (kind string, history bool)
}

// validate returns the first thing about g that makes no sense.
func (g Guest) validate() error {
	switch {
	case g.Name == "":
		return errors.New("name: not set")
	case g.Expert == nil:
		return errors.New("nobody is behind it")
	case g.History <= 0:
		return fmt.Errorf("history %s: must be positive", g.History)
	case g.Horizon < 0:
		return fmt.Errorf("horizon %s: must not be negative", g.Horizon)
	case g.Timeout <= 0:
		return fmt.Errorf("timeout %s: must be positive", g.Timeout)
	case g.Every < 0:
		return fmt.Errorf("every %s: must not be negative", g.Every)
	}
	for _, p := range g.Loads {
		if err := CheckPattern(p); err != nil {
			return err
		}
	}
	return nil
}

// CheckPattern returns what is wrong with a pattern of Guest.Loads.
func CheckPattern(p string) error {
	if n := strings.Count(p, "/"); n != 1 && n != 2 {
		return fmt.Errorf("workloads: %q; want namespace/name, or namespace/name/metric, as in shop/* or */*/requests", p)
	}
	if _, err := path.Match(p, ""); err != nil {
		return fmt.Errorf("workloads: %q: %w", p, err)
	}
	return nil
}

// wants reports whether the guest is asked about a load.
func (g Guest) wants(k workload.Key, metric string) bool {
	for _, p := range g.Loads {
		name := k.String()
		if strings.Count(p, "/") == 2 {
			name += "/" + strings.ReplaceAll(metric, "/", "_") // so that * is any metric
		}
		if ok, err := path.Match(p, name); ok && err == nil {
			return true
		}
	}
	return len(g.Loads) == 0
}

// kind says what a failure is and whether it lies with the history.
func (g Guest) kind(err error) (kind string, history bool) {
	var b *badAnswer
	switch {
	case errors.As(err, &b):
		return "BadAnswer", false
	case g.Kind == nil:
		return "Failed", false
	}
	if kind, history = g.Kind(err); kind == "" {
		kind = "Failed"
	}
	return kind, history
}

// A badAnswer is an answer that cannot be used.
type badAnswer struct{ text string }

func (b *badAnswer) Error() string { return b.text }

// ask asks the expert. The error is a *badAnswer, or the expert's own; a panic
// is one, too.
func (g Guest) ask(ctx context.Context, questions []forecast.Series, steps int) (answers [][]float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &badAnswer{fmt.Sprintf("internal error: %v", p)}
		}
	}()
	if answers, err = g.Forecast(ctx, questions, steps); err != nil {
		return nil, err
	}
	if len(answers) != len(questions) {
		return nil, &badAnswer{fmt.Sprintf("%d answers to %d questions", len(answers), len(questions))}
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

// samples returns how much history and how far ahead the guest is asked, in
// steps of a series.
func (g Guest) samples(step, horizon time.Duration) (length, steps int) {
	if g.Horizon > 0 {
		horizon = min(horizon, g.Horizon)
	}
	return int(math.Ceil(float64(g.History) / float64(step))), max(1, int(horizon/step))
}
