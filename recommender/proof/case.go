package proof

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A Case is a workload and its history.
type Case struct {
	// Loop is the HPA, its pods and how they start. Spec.Min is the baseline,
	// PerPod what a ready pod carries at the most.
	Loop simulate.Loop
	// Loads hold one series for each of the HPA's metrics, all on one grid. NaN
	// is not known.
	Loads []forecast.Series
	// Policy says how forecasts become floors. Its mode does not matter. With a
	// budget or a ratio the quantile is found on the past, and a pod is taken to
	// carry what Loop.PerPod says; else a pod carries the metric's target.
	Policy recommender.Policy
	// Capacity is what floors take a pod to carry where the policy has neither
	// budget nor ratio, by metric; the metrics' targets if nil.
	Capacity []float64
	Calendar *forecast.Calendar
	// Schedules bound the floors of every policy, that of the HPA alone included:
	// they need no proof, and what is proven is what forecasts add to them.
	Schedules []recommender.Schedule

	// Score is the time from which outcomes count; forecasts begin two days into
	// the history, and what comes of them before Score is only learned from. Zero
	// is 60 % of the history on. It is never in the first quarter of what is
	// replayed.
	Score time.Time

	Step    time.Duration // of forecasts; a finer load is averaged to it; 1 min if zero
	Context time.Duration // history that a forecast may use; 28 days if zero
	Refit   time.Duration // between two fits; 12 h if zero, six steps at least
}

const (
	defaultStep    = time.Minute
	defaultContext = 28 * 24 * time.Hour
	defaultRefit   = 12 * time.Hour
	// minHistory is how much is known before the first forecast of a replay.
	minHistory = 2 * 24 * time.Hour
	// minReplay is how much there has to be after that.
	minReplay = 12 * time.Hour
	// learning is how long before the score outcomes are learned from.
	learning = 28 * 24 * time.Hour
)

// Check returns an error that joins everything wrong with the case.
func (c *Case) Check() error {
	var errs []error
	if err := c.Loop.Check(); err != nil {
		errs = append(errs, err)
	}
	for _, w := range c.Policy.Check() {
		errs = append(errs, errors.New("policy: "+w.Message))
	}
	if len(c.Loads) != len(c.Loop.Spec.Metrics) {
		errs = append(errs, fmt.Errorf("%d loads for %d metrics: give one for each", len(c.Loads), len(c.Loop.Spec.Metrics)))
	}
	if c.Capacity != nil && len(c.Capacity) != len(c.Loads) {
		errs = append(errs, fmt.Errorf("%d capacities for %d loads: give one for each", len(c.Capacity), len(c.Loads)))
	}
	for i, v := range c.Capacity {
		if !(v > 0) {
			errs = append(errs, fmt.Errorf("capacity %d is %g: it must be positive", i+1, v))
		}
	}
	for i, s := range c.Loads {
		switch {
		case s.Step <= 0:
			errs = append(errs, fmt.Errorf("load %d has a step of %s: it must be positive", i+1, s.Step))
		case s.Known() == 0:
			errs = append(errs, fmt.Errorf("load %d is not known at any time", i+1))
		case s.Step != c.Loads[0].Step || !s.Start.Equal(c.Loads[0].Start):
			errs = append(errs, fmt.Errorf("load %d is not on the grid of the first: it starts at %s with a step of %s", i+1, s.Start.UTC().Format(time.RFC3339), s.Step))
		}
	}
	for name, d := range map[string]time.Duration{"step": c.Step, "context": c.Context, "refit": c.Refit} {
		if d < 0 {
			errs = append(errs, fmt.Errorf("%s is %s: it must not be negative", name, d))
		}
	}
	return errors.Join(errs...)
}

// A stage is a case that was checked, with its times.
type stage struct {
	*Case
	step, tick, context, refit time.Duration
	from, score, to            time.Time         // forecasts begin; outcomes count; the end of the history
	fine                       []forecast.Series // the loads of forecasts
	scheduled                  []recommender.Scheduled
	lag                        time.Duration // a mean is known with the last of its samples
}

// stage lays the times of a case out. It returns a *forecast.NoForecast if
// the history is too short for a replay.
func (c *Case) stage() (*stage, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	s := &stage{Case: c, step: cmp.Or(c.Step, defaultStep), context: cmp.Or(c.Context, defaultContext), refit: cmp.Or(c.Refit, defaultRefit)}
	first := c.Loads[0]
	s.step = max((s.step+first.Step-1)/first.Step, 1) * first.Step // whole steps of the loads
	s.lag = s.step - first.Step
	for _, l := range c.Loads {
		if l.Step < s.step {
			l = l.Resample(s.step)
		}
		s.fine = append(s.fine, l)
	}
	s.tick = max(c.Policy.StepEvery, min(s.step, time.Minute))
	s.refit = max(s.refit, 6*s.step).Truncate(s.step)
	s.to = first.End().Add(first.Step)
	s.score = c.Score
	if s.score.IsZero() {
		s.score = first.Time(first.Len() * 6 / 10)
	}
	begin := s.fine[0].Start
	s.from = begin.Add(minHistory)
	if replayed := s.to.Sub(s.from); replayed < minReplay {
		return nil, &forecast.NoForecast{Reason: forecast.ReasonTooShort, Detail: fmt.Sprintf(
			"a replay needs %s of history, and %s are there", days(minHistory+minReplay), days(s.to.Sub(begin)))}
	} else if s.score.Before(s.from.Add(replayed / 4)) {
		s.score = s.from.Add(replayed / 4)
	}
	if !s.to.After(s.score) {
		return nil, fmt.Errorf("outcomes are to count from %s, but the history ends at %s", s.score.UTC().Format(time.RFC3339), s.to.UTC().Format(time.RFC3339))
	}
	s.score = begin.Add(s.score.Sub(begin).Truncate(s.step))
	if early := s.score.Add(-learning); s.from.Before(early) {
		s.from = early
	}
	s.scheduled = recommender.LayOut(c.Schedules, c.Calendar, s.from, s.to.Add(24*time.Hour))
	return s, nil
}

// horizon is how far forecasts of a replay reach: as far as a decision looks.
func (s *stage) horizon() time.Duration {
	return max(recommender.Foresight(s.Policy, s.tick), s.step) + s.step
}

// window is the largest load's window in whole steps; zero if it is shorter
// than one. It has to reach on from where the newest forecast is about to be
// replaced.
func (s *stage) window() time.Duration { return (s.Policy.Window() + s.lag).Truncate(s.step) }

// capacity is what floors take a pod to carry.
func (s *stage) capacity(metric int) float64 {
	if s.tuned() {
		return s.Loop.PerPod[metric]
	}
	if s.Capacity != nil {
		return s.Capacity[metric]
	}
	return s.Loop.Spec.Metrics[metric].PerPod()
}

// tuned says that the quantile is found on the past.
func (c *Case) tuned() bool { return c.Policy.Risk != (recommender.Risk{}) }

// quantiles are those that are tried.
func (c *Case) quantiles() []float64 {
	if c.tuned() {
		return QuantileLadder
	}
	return []float64{c.Policy.Quantile}
}

func days(d time.Duration) string { return fmt.Sprintf("%.1f days", d.Hours()/24) }

// Capacity returns the capacity of a pod under which the mean of a load needs
// the given pods at a target share of it: what benchmarks scale traces by.
func Capacity(load forecast.Series, pods, target float64) float64 {
	sum, n := 0.0, 0.0
	for _, v := range load.Values {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / n / pods / target
}
