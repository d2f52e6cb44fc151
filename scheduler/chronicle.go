package scheduler

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// A chronicle tells the log when trouble begins and when it ends, and nothing
// while it lasts: however many workloads there are, a tick like the one before
// leaves no line. The zero chronicle is ready.
type chronicle struct {
	mu       sync.Mutex
	steps    map[string]bool       // steps of the tick that fail
	failing  map[workload.Key]bool // workloads with an error
	problems map[workload.Key]told // that were told of
}

// told is what was said of a workload's problems, and for which policy: one
// that comes later has an owner who was told nothing yet.
type told struct{ policy, text string }

// How many lines one tick may leave, at the most, of errors and of problems.
const (
	errorLines   = 5
	problemLines = 20
)

// step tells how a step of the whole tick went.
func (c *chronicle) step(log *slog.Logger, name string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch was := c.steps[name]; {
	case err != nil && !was:
		log.Error(name+" fails; told once until it works again", "error", first(err))
	case err == nil && was:
		log.Info(name + " works again")
	}
	if c.steps == nil {
		c.steps = map[string]bool{}
	}
	c.steps[name] = err != nil
}

// first shortens errors that were joined.
func first(err error) error {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		if errs := list.Unwrap(); len(errs) > 1 {
			return fmt.Errorf("%w (and %d more errors)", errs[0], len(errs)-1)
		}
	}
	return err
}

// round tells what has changed in the workloads' errors and problems. A nil
// result is that of a workload of which nothing is known.
func (c *chronicle) round(log *slog.Logger, results []*Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failing, problems := map[workload.Key]bool{}, map[workload.Key]told{}
	var began, ended, unasked, asked []*Result
	for _, r := range results {
		if r == nil {
			continue
		}
		k := r.Workload.Key
		if r.Err != "" {
			failing[k] = true
		}
		switch {
		case r.Err != "" && !c.failing[k]:
			began = append(began, r)
		case r.Err == "" && c.failing[k]:
			ended = append(ended, r)
		}
		news := told{r.Workload.PolicyName, problemsOf(r)}
		if news.text == "" {
			continue
		}
		problems[k] = news
		switch {
		case news == c.problems[k]:
		case wanted(r):
			asked = append(asked, r)
		default:
			unasked = append(unasked, r)
		}
	}
	c.failing, c.problems = failing, problems
	for i, g := range alike(began) {
		if i == errorLines {
			log.Warn("more workloads fail, each in its own way; the API tells", "failing", len(failing), "of", len(results))
			break
		}
		log.Warn("workloads fail; told once until they recover", "new", g.n, "failing", len(failing), "of", len(results),
			"example", g.example.Workload.Key.String(), "error", g.example.Err)
	}
	if n := len(ended); n > 0 {
		log.Info("workloads recovered", "recovered", n, "failing", len(failing), "of", len(results), "example", ended[0].Workload.Key.String())
	}
	for i, r := range asked {
		if i == problemLines {
			log.Warn("more workloads have problems; the API lists them", "more", len(asked)-i)
			break
		}
		log.Warn("problem", "workload", r.Workload.Key.String(), "policy", r.Workload.PolicyName, "problems", problems[r.Workload.Key].text)
	}
	if n := len(unasked); n > 0 {
		r := unasked[0]
		log.Info("workloads without a policy cannot be forecast", "new", n, "example", r.Workload.Key.String(), "problems", problems[r.Workload.Key].text)
	}
}

// A group is workloads that fail with the same words.
type group struct {
	n       int
	example *Result
}

// alike groups results by their error, in the order of the first of each.
func alike(results []*Result) []group {
	var groups []group
	of := map[string]int{}
	for _, r := range results {
		i, ok := of[r.Err]
		if !ok {
			i = len(groups)
			of[r.Err] = i
			groups = append(groups, group{example: r})
		}
		groups[i].n++
	}
	return groups
}

// wanted reports whether anybody asked for a floor of the workload.
func wanted(r *Result) bool { return r.Workload.PolicyName != "" || r.Workload.Lease != nil }

// problemsOf writes the problems that are worth a line: all of them where
// somebody asked for the workload, and else those that leave no forecast.
func problemsOf(r *Result) string {
	var list []string
	for _, p := range r.Workload.Problems {
		if p.Fatal || wanted(r) {
			list = append(list, strings.TrimPrefix(p.Field+": "+p.Message, ": "))
		}
	}
	return strings.Join(list, "; ")
}
