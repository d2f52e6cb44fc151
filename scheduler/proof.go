package scheduler

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// minProofHistory is less than which no replay can be made of.
	minProofHistory = 4 * 24 * time.Hour
	// A proof that lacked history is tried again once there is longer as much.
	longer = 1.5
)

// A premise is what a proof rests on beside the load. It is not changed once made.
type premise struct {
	min, max int32
	queries  []string
	metrics  []simulate.Metric
	full     []float64
	behavior *simulate.Behavior
	policy   recommender.Policy
	calendar string // key of its Spec
}

// premiseOf says what a proof of w rests on. The mode and the quantile that a
// proof found are no part of it.
func premiseOf(w *workload.Workload) premise {
	p := premise{min: w.Baseline, max: w.Ceiling, behavior: w.Behavior, policy: w.Policy}
	p.policy.Mode, p.policy.Suspend = recommender.Enforce, false
	for _, s := range w.Sources {
		p.queries, p.metrics, p.full = append(p.queries, s.Query.Expr), append(p.metrics, s.Metric), append(p.full, s.Full)
	}
	if w.Calendar != nil && !w.Calendar.IsZero() {
		p.calendar = w.Calendar.Key()
	}
	return p
}

// A proving is what a workload knows of its proof.
type proving struct {
	state  ProofState
	want   premise // of now
	layout *calendarLayout
	had    premise       // what the last try rested on
	tried  time.Time     // zero before the first try
	span   time.Duration // of the history then
	short  bool          // which was too short
	claim  *claim        // waiting for its turn, or under way; nil if neither
}

// unknown says that w lacks what a replay needs; empty if it does not.
func (p premise) unknown() string {
	if len(p.metrics) == 0 {
		return "there is no load to replay"
	}
	for _, full := range p.full {
		if !(full > 0) {
			return "what one pod carries is not known"
		}
	}
	return ""
}

// review brings what is known of the proof up to now: the load may be another
// one, or what the proof rests on. It reports whether a new one is due.
func (st *state) review(now time.Time, k workload.Key, o Options) (due bool) {
	p := &st.proof
	why, span := st.replayable()
	p.withdraw(st.signals)
	// What is not known for a while is no change.
	if why == "" && !p.tried.IsZero() && !reflect.DeepEqual(p.had, p.want) {
		p.state, p.tried, p.short = ProofState{}, time.Time{}, false
		p.state.Pending = "the autoscaler, the policy or the capacity has changed since the last one; the new one is under way"
	}
	switch {
	case why != "" && p.state.Proof == nil && !p.short:
		p.state.Pending = why
	case why != "":
	case p.tried.IsZero():
		if due = true; p.had.metrics == nil {
			p.state.Pending = "it is under way"
		}
	case p.state.Withdrawn != "", p.short && float64(span) >= longer*float64(p.span):
		due = true
	default:
		due = !now.Before(p.tried.Add(spread(k, o.ProofEvery)))
	}
	return due
}

// replayable returns how long the history is that a replay can be made of, or
// why none can be.
func (st *state) replayable() (why string, span time.Duration) {
	why = st.proof.want.unknown()
	for i, sig := range st.signals {
		if sig.model == nil && why == "" {
			why = sig.source.Name + " is not forecast yet"
			if sig.none != nil {
				why = sig.none.Detail
			}
		}
		if i == 0 || sig.series.Span() < span {
			span = sig.series.Span()
		}
	}
	return why, span
}

// withdraw takes the proof back if a load has changed for good since.
func (p *proving) withdraw(signals []*signal) {
	if p.state.Proof == nil || p.state.Withdrawn != "" {
		return
	}
	for _, sig := range signals {
		if sig.model == nil {
			continue
		}
		for _, f := range sig.model.Findings() {
			if f.Kind == forecast.FoundStep && f.From.After(p.state.To) {
				p.state.Withdrawn = fmt.Sprintf("%s has changed since the proof of %s: %s", sig.source.Name, p.state.At.UTC().Format("2 Jan 15:04 UTC"), f.Detail)
			}
		}
	}
}

// spread is a period, give or take a quarter by the workload's hash, so that a
// fleet found at once is not due at once.
func spread(k workload.Key, every time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.String())) // never fails
	return time.Duration((0.75 + float64(h.Sum32()%1024)/2048) * float64(every))
}

// gate lets a workload be only observed unless its proof holds, and says so. A
// floor that was set before stays in force until there is a first proof: a
// restart must not lower it.
func (p *proving) gate(w *workload.Workload, o Options) *recommender.Warning {
	if w.Policy.Mode != recommender.Enforce || w.Policy.Suspend || w.SkipProof || o.ProofWorkers == 0 {
		return nil
	}
	warn := func(code, format string, args ...any) *recommender.Warning {
		return &recommender.Warning{Code: code, Message: fmt.Sprintf(format, args...)}
	}
	switch s := &p.state; {
	case s.Proof == nil && w.Lease != nil:
		return warn(workload.ProofPending, "there is no proof yet: %s. What was set before stays in force until there is one", s.Pending)
	case s.Proof == nil:
		w.Policy.Mode = recommender.Observe
		return warn(workload.ProofPending, "floors are only recommended until there is a proof: %s. To set them without one, set proof: Skip in the policy", s.Pending)
	case s.Withdrawn != "":
		w.Policy.Mode = recommender.Observe
		return warn(workload.ProofWithdrawn, "floors are only recommended until there is a new proof: %s", s.Withdrawn)
	case !s.Proven():
		w.Policy.Mode = recommender.Observe
		return warn(workload.ProofFailed, "floors are only recommended, since on the past of this workload they did not serve better (%s): %s. To set them all the same, set proof: Skip in the policy", s.Verdict, s.Detail)
	}
	return nil
}

// settle keeps what came of a try. What was proven before of the same stays
// known if nothing came of this one.
func (p *proving) settle(now time.Time, had premise, span, took time.Duration, made *proof.Proof, err error) {
	p.claim, p.tried, p.had, p.span, p.short = nil, now, had, span, false
	if err == nil {
		for i := range made.Results {
			made.Results[i].Floors = nil // a fleet of them would fill the memory
		}
		p.state = ProofState{Proof: made, At: now, Took: took}
		return
	}
	why, short := proof.IsTooShort(err)
	if !short {
		why = err.Error()
	}
	p.short = short
	if p.state.Proof == nil {
		p.state = ProofState{Pending: why}
	}
}
