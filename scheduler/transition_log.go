package scheduler

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// A transitionLog writes a line when a failure begins and when it ends, and
// nothing while it lasts: however many workloads there are, a tick like the one
// before leaves no line. The zero transitionLog is ready.
type transitionLog struct {
	mu       sync.Mutex
	steps    map[string]bool                 // steps of the tick that fail
	failing  map[workload.Key]bool           // workloads with an error
	problems map[workload.Key]loggedProblems // the newest that were logged
}

// loggedProblems is what was logged of a workload's problems, and for which
// policy: the owner of a policy that comes later has seen no line yet.
type loggedProblems struct{ policy, text string }

// How many lines one tick may leave, at the most, of errors and of problems.
const (
	errorLines   = 5
	problemLines = 20
)

// logStep logs when a step of the whole tick begins to fail, and when it works again.
func (t *transitionLog) logStep(log *slog.Logger, name string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch was := t.steps[name]; {
	case err != nil && !was:
		log.Error(name+" fails; logged once until it works again", "error", firstError(err))
	case err == nil && was:
		log.Info(name + " works again")
	}
	if t.steps == nil {
		t.steps = map[string]bool{}
	}
	t.steps[name] = err != nil
}

// firstError shortens errors that were joined.
func firstError(err error) error {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		if errs := list.Unwrap(); len(errs) > 1 {
			return fmt.Errorf("%w (and %d more errors)", errs[0], len(errs)-1)
		}
	}
	return err
}

// logWorkloads logs what has changed in the workloads' errors and problems. A nil
// result is that of a workload of which nothing is known.
func (t *transitionLog) logWorkloads(log *slog.Logger, results []*Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	failing, problems := map[workload.Key]bool{}, map[workload.Key]loggedProblems{}
	var began, ended, withoutPolicy, withPolicy []*Result
	for _, r := range results {
		if r == nil {
			continue
		}
		k := r.Workload.Key
		if r.Err != "" {
			failing[k] = true
		}
		switch {
		case r.Err != "" && !t.failing[k]:
			began = append(began, r)
		case r.Err == "" && t.failing[k]:
			ended = append(ended, r)
		}
		current := loggedProblems{r.Workload.PolicyName, problemsOf(r)}
		if current.text == "" {
			continue
		}
		problems[k] = current
		switch {
		case current == t.problems[k]:
		case floorRequested(r):
			withPolicy = append(withPolicy, r)
		default:
			withoutPolicy = append(withoutPolicy, r)
		}
	}
	t.failing, t.problems = failing, problems
	for i, g := range groupByError(began) {
		if i == errorLines {
			log.Warn("more workloads fail, each in its own way; the API tells", "failing", len(failing), "of", len(results))
			break
		}
		log.Warn("workloads fail; logged once until they recover", "new", g.n, "failing", len(failing), "of", len(results),
			"example", g.example.Workload.Key.String(), "error", g.example.Err)
	}
	if n := len(ended); n > 0 {
		log.Info("workloads recovered", "recovered", n, "failing", len(failing), "of", len(results), "example", ended[0].Workload.Key.String())
	}
	for i, r := range withPolicy {
		if i == problemLines {
			log.Warn("more workloads have problems; the API lists them", "more", len(withPolicy)-i)
			break
		}
		log.Warn("problem", "workload", r.Workload.Key.String(), "policy", r.Workload.PolicyName, "problems", problems[r.Workload.Key].text)
	}
	if n := len(withoutPolicy); n > 0 {
		r := withoutPolicy[0]
		log.Info("workloads without a policy cannot be forecast", "new", n, "example", r.Workload.Key.String(), "problems", problems[r.Workload.Key].text)
	}
}

// A group is workloads that fail with the same words.
type group struct {
	n       int
	example *Result
}

// groupByError groups results by their error, in the order of the first of each.
func groupByError(results []*Result) []group {
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

// floorRequested reports whether anybody asked for a floor of the workload.
func floorRequested(r *Result) bool { return r.Workload.PolicyName != "" || r.Workload.Lease != nil }

// problemsOf writes the problems that are worth a line: all of them where
// somebody asked for the workload, and else those that leave no forecast.
func problemsOf(r *Result) string {
	var list []string
	for _, p := range r.Workload.Problems {
		if p.Fatal || floorRequested(r) {
			list = append(list, strings.TrimPrefix(p.Field+": "+p.Message, ": "))
		}
	}
	return strings.Join(list, "; ")
}
