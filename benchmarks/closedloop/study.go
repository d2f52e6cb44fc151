package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// What all replays share.
const (
	meanPods = 10  // that the mean of a load needs
	target   = 0.7 // of the HPA, and what meanPods are reckoned at
	baseline = 2
	ceiling  = 200
	margin   = 30 * time.Second // from which the lead time is longer than the start
)

var (
	starts  = []time.Duration{30 * time.Second, 90 * time.Second, 300 * time.Second}
	budgets = []float64{0.001, 0.005, 0.02}
	// raised are the targets that floors may allow, tried at the middle start; those
	// of the short run are few.
	raised      = []float64{0.75, 0.8, 0.85, 0.9, 0.95}
	raisedShort = []float64{0.8, 0.9}
	headrooms   = []float64{0, 0.15, 0.4} // of quantiles that are held
)

const (
	mainStart    = 90 * time.Second // at which quantiles are held, too
	lowTarget    = 0.5              // of the other reactive HPA
	raisedBudget = 0.005            // the one that is tried at every start, and at two targets
)

// A study is a start time and a target, under which all policies are played.
type study struct {
	start   time.Duration
	target  float64
	budgets []float64 // tried beside the default
}

// studies lists all. A proof takes most of the time, so that not all budgets
// are tried everywhere, and fewer in the short run.
func studies(full bool) []study {
	targets := raisedShort
	if full {
		targets = raised
	}
	var list []study
	for _, start := range starts {
		var risks []float64
		if start == mainStart {
			risks = budgets
		} else if full {
			risks = []float64{raisedBudget}
		}
		list = append(list, study{start, target, risks})
	}
	for _, t := range targets {
		var risks []float64
		if t == 0.9 || full && t == 0.8 {
			risks = []float64{raisedBudget}
		}
		list = append(list, study{mainStart, t, risks})
	}
	return list
}

// The short run scores at most so much of a trace.
const (
	mostFine   = 28 * 24 * time.Hour
	mostCoarse = 120 * 24 * time.Hour // of traces by half an hour or longer steps
)

// limited returns the score of a short run, no earlier than its most allows.
func limited(t *trace, score, to time.Time) time.Time {
	most := mostFine
	if t.load.Step >= 30*time.Minute {
		most = mostCoarse
	}
	if late := to.Add(-most); score.Before(late) {
		return late
	}
	return score
}

// A row is what one policy came to on one trace in one study.
type row struct {
	trace, policy string
	start         time.Duration
	target        float64
	simulate.Outcome
	verdict  proof.Verdict // of the proof, for Highwater only
	quantile float64       // that the proof found best at last; 0 for others
	detail   string
}

// budgeted is the name of Highwater with a risk budget.
func budgeted(budget float64) string { return fmt.Sprintf("highwater %g %%", budget*100) }

// held is the name of Highwater at one quantile all the time, with headroom and
// without a proof.
func held(tau, headroom float64) string {
	if headroom == 0 {
		return "highwater " + proof.PolicyAt(tau)
	}
	return fmt.Sprintf("highwater %s +%g %%", proof.PolicyAt(tau), headroom*100)
}

// isHeld says whether a policy is one of those, of which there are many.
func isHeld(policy string) bool { return strings.HasPrefix(policy, "highwater q") }

// A played trace is all that came of one.
type played struct {
	*trace
	from, score, to time.Time
	perPod          float64
	most            float64 // pods that the largest scored load needs at the target
	rows            []row
	waits           []wait
	forecasts       bool // Crane had one at any time
	limited         bool // less than the last 40 % is scored
	took            time.Duration
}

// loop returns the workload of a study.
func (p *played) loop(st study) simulate.Loop {
	return simulate.Loop{
		Spec:   simulate.Spec{Min: baseline, Max: ceiling, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: st.target * p.perPod}}},
		PerPod: []float64{p.perPod},
		Start:  simulate.Starts{Fixed: st.start},
		Score:  p.score,
	}
}

// newCase returns the case of a study for package replay.
func (p *played) newCase(st study, risk recommender.Risk) proof.Case {
	policy := recommender.DefaultPolicy()
	policy.LeadTime, policy.Risk = st.start+margin, risk
	return proof.Case{Loop: p.loop(st), Loads: []forecast.Series{p.load}, Policy: policy, Score: p.score}
}

// play replays one trace under all studies. alive may end it.
func play(t *trace, list []study, full bool, alive func() error) (*played, error) {
	began := time.Now()
	p := &played{trace: t, perPod: proof.Capacity(t.load, meanPods, target)}
	c := p.newCase(list[0], recommender.DefaultPolicy().Risk)
	c.Score = time.Time{} // 60 % of the history on
	var err error
	if p.from, p.score, p.to, err = c.Span(); err != nil {
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	if late := limited(t, p.score, p.to); !full && late.After(p.score) {
		c.Score, p.limited = late, true
		if p.from, p.score, p.to, err = c.Span(); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	for i := max(0, t.load.Index(p.score)); i < t.load.Len(); i++ {
		if v := t.load.Values[i] / p.perPod / target; v > p.most {
			p.most = v
		}
	}
	made := make([]floorsFor, len(peers))
	for k, peer := range peers {
		made[k] = kept(peer.floors(t.load, p.from, p.to))
	}
	crane, err := craneMetric(t.load, p.score.Add(-time.Hour), alive)
	if err != nil {
		return nil, err
	}
	for _, v := range crane.Values {
		p.forecasts = p.forecasts || v > 0
	}
	for _, st := range list {
		if err := p.study(st, made, crane, alive); err != nil {
			return nil, fmt.Errorf("%s, start %s, target %g: %w", t.name, st.start, st.target, err)
		}
	}
	p.took = time.Since(began)
	return p, nil
}

// kept keeps what was made: floors are the same for all start times.
func kept(f floorsFor) floorsFor {
	made := map[float64]*simulate.Floors{}
	return func(perPod float64, ceiling int32) *simulate.Floors {
		if made[perPod] == nil {
			made[perPod] = f(perPod, ceiling)
		}
		return made[perPod]
	}
}

// study plays all policies of one study.
func (p *played) study(st study, made []floorsFor, crane forecast.Series, alive func() error) error {
	add := func(policy string, o simulate.Outcome) *row {
		p.rows = append(p.rows, row{trace: p.name, policy: policy, start: st.start, target: st.target, Outcome: o})
		return &p.rows[len(p.rows)-1]
	}
	tick := func(float64) error { return alive() }
	c := p.newCase(st, recommender.DefaultPolicy().Risk)
	tournament, err := c.Tournament(tick)
	if err != nil {
		return err
	}
	proven, err := tournament.Prove(c.Policy.Risk, []string{proof.PolicyHPA, proof.PolicyHighwater, proof.PolicyNaive, proof.PolicyOracle})
	if err != nil {
		return err
	}
	for _, r := range proven.Results {
		w := add(r.Policy, r.Outcome)
		if r.Policy == proof.PolicyHighwater {
			w.verdict, w.quantile, w.detail = proven.Verdict, proven.Quantile, proven.Detail
		}
		if st.target == target && (r.Policy == proof.PolicyHPA || r.Policy == proof.PolicyHighwater) {
			if err := p.ramps(st, r, proven.Proven()); err != nil {
				return err
			}
		}
	}
	for _, b := range st.budgets {
		proven, err := tournament.Prove(recommender.Risk{Budget: b, Ratio: recommender.DefaultRatio}, []string{proof.PolicyHPA, proof.PolicyHighwater})
		if err != nil {
			return err
		}
		r, _ := proven.Result(proof.PolicyHighwater)
		w := add(budgeted(b), r.Outcome)
		w.verdict, w.quantile, w.detail = proven.Verdict, proven.Quantile, proven.Detail
	}
	if st.start == mainStart {
		if err := p.hold(st, tournament, tick, add); err != nil {
			return err
		}
	}
	loads := []forecast.Series{p.load}
	for k, peer := range peers {
		loop := p.loop(st)
		o, err := loop.Play(loads, p.from, p.to, made[k](loop.Spec.Metrics[0].Target, ceiling), nil)
		if err != nil {
			return fmt.Errorf("%s: %w", peer.name, err)
		}
		add(peer.name, o)
	}
	loop := p.loop(st)
	loop.Spec.Metrics = append(loop.Spec.Metrics, loop.Spec.Metrics[0])
	loop.PerPod = append(loop.PerPod, 1e18) // what is forecast is no load: nothing is short of it
	o, err := loop.Play(append(loads, crane), p.from, p.to, nil, nil)
	if err != nil {
		return fmt.Errorf("crane: %w", err)
	}
	add(policyCrane, o)
	if st.target != target {
		return nil
	}
	low := study{start: st.start, target: lowTarget}
	loop = p.loop(low)
	if o, err = loop.Play(loads, p.from, p.to, nil, nil); err != nil {
		return err
	}
	p.rows = append(p.rows, row{trace: p.name, policy: proof.PolicyHPA, start: st.start, target: lowTarget, Outcome: o})
	return nil
}

// hold plays Highwater at each quantile and headroom. tournament is that of the
// study without headroom.
func (p *played) hold(st study, tournament *proof.Tournament, tick proof.Tick, add func(string, simulate.Outcome) *row) error {
	var names []string
	for _, tau := range proof.QuantileLadder {
		names = append(names, proof.PolicyAt(tau))
	}
	for _, room := range headrooms {
		c := p.newCase(st, recommender.DefaultPolicy().Risk)
		c.Policy.Headroom = room
		if room > 0 {
			var err error
			if tournament, err = c.Tournament(tick); err != nil {
				return err
			}
		}
		made, err := tournament.Prove(c.Policy.Risk, names)
		if err != nil {
			return err
		}
		for i, r := range made.Results {
			add(held(proof.QuantileLadder[i], room), r.Outcome).quantile = proof.QuantileLadder[i]
		}
	}
	return nil
}
