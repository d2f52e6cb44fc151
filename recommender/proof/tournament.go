package proof

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// The policies that a replay knows. Others are played by their floors.
const (
	PolicyHPA       = "hpa"       // the HPA alone
	PolicyHighwater = "highwater" // floors as Highwater would have set them, where the proof held
	PolicyNaive     = "naive"     // floors from yesterday's load, chosen on the past likewise
	PolicyConstant  = "constant"  // the constant minReplicas that serves best, known afterwards
	PolicyOracle    = "oracle"    // floors of one who knows the load
)

// Policies lists them all.
var Policies = []string{PolicyHPA, PolicyHighwater, PolicyNaive, PolicyConstant, PolicyOracle}

// PolicyAt names floors at one quantile all the time, without a proof: what a
// team has that chooses for itself. tau is one of QuantileLadder.
func PolicyAt(tau float64) string { return fmt.Sprintf("q%g", tau) }

// CheckPolicy says what is wrong with the name of a policy.
func CheckPolicy(name string) error {
	if slices.Contains(Policies, name) || ladderIndex(name, QuantileLadder) >= 0 {
		return nil
	}
	var at []string
	for _, tau := range QuantileLadder {
		at = append(at, PolicyAt(tau))
	}
	return fmt.Errorf("none of %s, and no quantile of %s", strings.Join(Policies, ", "), strings.Join(at, ", "))
}

// ladderIndex returns the place in taus of the one that a PolicyAt names; −1 if it
// names none.
func ladderIndex(name string, taus []float64) int {
	return slices.IndexFunc(taus, func(tau float64) bool { return PolicyAt(tau) == name })
}

// A Result is what one policy came to from the case's score on.
type Result struct {
	Policy string
	simulate.Outcome
	Floors *simulate.Floors // nil for the HPA alone, unless something is scheduled
}

// A Proof is what the past says of floors for one workload.
type Proof struct {
	From, To time.Time // outcomes of Results count from and to
	Since    time.Time // Verdict and Detail rest on the time from then to To
	Verdict  Verdict
	Detail   string  // in words, with the numbers that it rests on
	Quantile float64 // that serves best now; the policy's own if none does or it is not looked for
	Results  []Result
}

// Proven says whether floors may be set.
func (p *Proof) Proven() bool { return p != nil && p.Verdict == Proven }

// Result returns what a policy came to.
func (p *Proof) Result(policy string) (Result, bool) {
	i := slices.IndexFunc(p.Results, func(r Result) bool { return r.Policy == policy })
	if i < 0 {
		return Result{}, false
	}
	return p.Results[i], true
}

// Prove replays the case with the given policies, all of Policies if there are
// none, and says whether floors may be set. tick may be nil.
//
// It returns a *forecast.NoForecast if the history is too short, or the error
// of tick.
func (c *Case) Prove(policies []string, tick Tick) (*Proof, error) {
	if err := c.checkPolicies(policies); err != nil {
		return nil, err
	}
	x, err := c.Tournament(tick)
	if err != nil {
		return nil, err
	}
	return x.Prove(c.Policy.Risk, policies)
}

func (c *Case) checkPolicies(policies []string) error {
	for _, name := range policies {
		if err := CheckPolicy(name); err != nil {
			return fmt.Errorf("policy %q: %w", name, err)
		}
		if !slices.Contains(Policies, name) && ladderIndex(name, c.quantiles()) < 0 {
			return fmt.Errorf("policy %q: quantiles are only tried with a budget or a ratio", name)
		}
	}
	return nil
}

// A Tournament is a case with all that could have set its floors played: what
// takes the time of a proof, and is the same for all risks.
type Tournament struct {
	stage    *stage
	policies *policySet
}

// Tournament plays the case with every policy. tick and errors are as for Prove.
func (c *Case) Tournament(tick Tick) (*Tournament, error) {
	s, err := c.stage()
	if err != nil {
		return nil, err
	}
	if tick == nil {
		tick = func(float64) error { return nil }
	}
	f, err := s.playAll(tick)
	if err != nil {
		return nil, err
	}
	return &Tournament{s, f}, nil
}

// Prove is that of the case with another risk; the case has to have one, too.
func (x *Tournament) Prove(r recommender.Risk, policies []string) (*Proof, error) {
	c := *x.stage.Case
	if c.Policy.Risk = r; c.tuned() != x.stage.tuned() {
		return nil, errors.New("a case is played either with a quantile or with a risk")
	}
	if len(policies) == 0 {
		policies = Policies
	}
	if err := c.checkPolicies(policies); err != nil {
		return nil, err
	}
	s, f := *x.stage, x.policies
	s.Case = &c
	p := &Proof{From: s.score, To: s.to, Quantile: s.Policy.Quantile}
	for _, name := range policies {
		floors := s.floorsOf(name, f)
		o, err := s.playFrom(floors)
		if err != nil {
			return nil, err
		}
		p.Results = append(p.Results, Result{Policy: name, Outcome: o, Floors: floors})
	}
	last := f.choose(s.Policy.Risk, s.days())
	p.Verdict, p.Detail = last.verdict, last.detail
	p.Since = s.from.Add(time.Duration(max(0, s.days()-lookBack)) * 24 * time.Hour)
	if last.index >= 0 {
		p.Quantile = f.ladder[last.index].quantile
	}
	s.asChosen(p, f)
	return p, nil
}

// asChosen adds to a proof what came of floors that were chosen each day on the
// days before, and withdraws it if they cost more than the HPA alone.
func (s *stage) asChosen(p *Proof, f *policySet) {
	own, ok := p.Result(PolicyHighwater)
	alone, ok2 := p.Result(PolicyHPA)
	if !ok || !ok2 || p.Verdict != Proven || !s.tuned() {
		return
	}
	sc := f.weigh(s.Policy.Risk, 0, s.days())
	was, is := totalsOf(alone.Outcome), totalsOf(own.Outcome)
	said := fmt.Sprintf("chosen day by day, floors were short for %s since %s instead of %s, at %s",
		minutesOf(is), p.From.UTC().Format("2 Jan 15:04 UTC"), explain.Digits(was.short), more(is, was))
	if sc.cost(is) > sc.cost(was)*(1+harm) {
		p.Verdict, p.Detail, p.Since = DidHarm, said, p.From
		return
	}
	p.Detail += "; " + said
}

func totalsOf(o simulate.Outcome) totals {
	return totals{minutes: o.Minutes, short: o.ShortMinutes, podHours: o.PodHours}
}

// Play replays the case with floors of another's making, which may be nil.
func (c *Case) Play(name string, floors *simulate.Floors) (Result, error) {
	s, err := c.stage()
	if err != nil {
		return Result{}, err
	}
	o, err := s.playFrom(floors)
	return Result{Policy: name, Outcome: o, Floors: floors}, err
}

// Span returns when forecasts of the replay begin, from when outcomes count,
// and its end.
func (c *Case) Span() (from, score, to time.Time, err error) {
	s, err := c.stage()
	if err != nil {
		return time.Time{}, time.Time{}, time.Time{}, err
	}
	return s.from, s.score, s.to, nil
}

// playFrom plays the whole stage and counts from the score on.
func (s *stage) playFrom(floors *simulate.Floors) (simulate.Outcome, error) {
	l := s.Loop
	l.Score = s.score
	return l.Play(s.Loads, s.from, s.to, floors, nil)
}

// playAll plays all policies.
func (s *stage) playAll(tick Tick) (*policySet, error) {
	var (
		f     policySet
		trace simulate.Trace
	)
	scheduled, err := s.onlyScheduled()
	if err != nil {
		return nil, err
	}
	if f.hpa, err = s.playPolicy("the HPA alone", math.NaN(), scheduled, &trace); err != nil {
		return nil, err
	}
	taus := s.quantiles()
	if f.ladder, err = s.playLadder("highwater", s.model, taus, &trace, part(tick, 0, 0.8)); err != nil {
		return nil, err
	}
	naive := func() forecaster { return s.naive(24 * time.Hour) }
	if f.naive, err = s.playLadder("naive", naive, everyOther(taus), &trace, part(tick, 0.8, 0.95)); err != nil {
		return nil, err
	}
	most := slices.Max(f.ladder[len(f.ladder)-1].floors.Values)
	for n := s.Loop.Spec.Min + 1; n <= most; n += max(1, n/8) {
		c, err := s.playPolicy(fmt.Sprintf("a constant minReplicas of %d", n), math.NaN(), f.atLeast(n, s), &trace)
		if err != nil {
			return nil, err
		}
		f.constants = append(f.constants, c)
	}
	return &f, tick(1)
}

// everyOther returns the first, the third and so on.
func everyOther(taus []float64) (out []float64) {
	for i := 0; i < len(taus); i += 2 {
		out = append(out, taus[i])
	}
	return out
}

// part is the progress of a part of the work.
func part(tick Tick, from, to float64) Tick {
	return func(done float64) error { return tick(from + done*(to-from)) }
}

// playLadder plays the quantiles of one kind of forecast.
func (s *stage) playLadder(name string, newForecaster func() forecaster, taus []float64, trace *simulate.Trace, tick Tick) ([]policy, error) {
	var forecasters []forecaster
	for range s.fine {
		forecasters = append(forecasters, newForecaster())
	}
	floors, err := s.floorsBy(forecasters, taus, tick)
	if err != nil {
		return nil, err
	}
	var list []policy
	for k := range floors {
		c, err := s.playPolicy(name, taus[k], &floors[k], trace)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (s *stage) playPolicy(name string, quantile float64, floors *simulate.Floors, trace *simulate.Trace) (policy, error) {
	days, err := s.play(floors, trace)
	if err != nil {
		return policy{}, err
	}
	return policy{name, quantile, floors, days}, nil
}

// floorsOf returns the floors of a known policy.
func (s *stage) floorsOf(name string, f *policySet) *simulate.Floors {
	switch name {
	case PolicyHighwater:
		return s.daily(f, f.ladder, func(day int) int { return f.choose(s.Policy.Risk, day).index })
	case PolicyNaive:
		return s.daily(f, f.naive, func(day int) int {
			lo := max(0, day-lookBack)
			sc := f.weigh(s.Policy.Risk, lo, day)
			best, cost := cheapest(f.naive, sc, lo, day)
			if cost > sc.cost(f.hpa.over(lo, day)) {
				return -1
			}
			return best
		})
	case PolicyConstant:
		lo := int(s.score.Sub(s.from) / (24 * time.Hour))
		sc := f.weigh(s.Policy.Risk, lo, s.days())
		best, cost := cheapest(f.constants, sc, lo, s.days())
		if best >= 0 && cost < sc.cost(f.hpa.over(lo, s.days())) {
			return f.constants[best].floors
		}
		return f.hpa.floors
	case PolicyOracle:
		return &simulate.Floors{Start: s.from, Step: s.tick, Values: s.oracle()}
	case PolicyHPA:
		return f.hpa.floors
	}
	if k := ladderIndex(name, s.quantiles()); k >= 0 {
		return f.ladder[k].floors
	}
	return nil
}

// daily takes each day's floors from the policy that pick chooses after the
// days before it; on the first, and where it chooses none, those of the HPA alone.
func (s *stage) daily(f *policySet, list []policy, pick func(day int) int) *simulate.Floors {
	out := &simulate.Floors{Start: s.from, Step: s.tick, Values: make([]int32, len(list[0].floors.Values))}
	if f.hpa.floors != nil {
		copy(out.Values, f.hpa.floors.Values)
	}
	perDay := int(24 * time.Hour / s.tick)
	for day := 1; day < s.days(); day++ {
		k := pick(day)
		if k < 0 {
			continue
		}
		lo, hi := day*perDay, min((day+1)*perDay, len(out.Values))
		copy(out.Values[lo:hi], list[k].floors.Values[lo:hi])
	}
	return out
}

// IsTooShort says that the history is too short for a replay, and why.
func IsTooShort(err error) (why string, ok bool) {
	none, ok := errors.AsType[*forecast.NoForecast](err)
	if !ok {
		return "", false
	}
	return none.Detail, true
}

// Apply returns the policy with the quantile that holds for it: what the proof found
// best, or the policy's own.
func (p *Proof) Apply(policy recommender.Policy) recommender.Policy {
	if p != nil && policy.Risk != (recommender.Risk{}) {
		policy.Quantile = p.Quantile
	}
	return policy
}
