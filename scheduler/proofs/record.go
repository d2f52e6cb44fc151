package proofs

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/proof"
)

const (
	// MinHistory is less than which no replay can be made of.
	MinHistory = 4 * 24 * time.Hour
	// A proof that lacked history is tried again once there is this much more.
	retryGrowth = 1.5
)

// A State is what is known of a workload's proof.
type State struct {
	*proof.Proof           // nil until there is one
	At           time.Time // when it was made
	Took         time.Duration
	Pending      string // why there is none yet; empty if there is
	Withdrawn    string // why it holds no more: the load has changed since; empty if it holds
}

// A Load is one load of a workload as it is now.
type Load struct {
	workload.Source                      // as it was read last
	Series          forecast.Series      // its samples never change
	Model           *forecast.Model      // nil if it is not forecast
	NoForecast      *forecast.NoForecast // why not, if that is known
	Declared        workload.Source      // without what was learned; as the inputs have it
	Learned         *capacity.Learned    // nil if nothing was
}

// A Record is what a workload knows of its proof. The workload's lock guards it.
// The zero Record is that of a workload that was found just now.
type Record struct {
	State

	want     Inputs // of now
	calendar *forecast.Calendar

	used      Inputs        // by the last proof that was tried
	triedAt   time.Time     // zero before the first
	triedSpan time.Duration // of the history then
	tooShort  bool          // that history was

	request *request // waiting for its turn, or under way; nil if neither
}

// SetInputs says what a proof rests on from now on.
func (r *Record) SetInputs(in Inputs, calendar *forecast.Calendar) { r.want, r.calendar = in, calendar }

// review brings what is known of the proof up to now: a load may have changed, or
// the inputs. It reports whether a new proof is due, every so often.
func (r *Record) review(now time.Time, k workload.Key, loads []Load, every time.Duration) (due bool) {
	why, span := r.replayable(loads)
	r.withdraw(loads)
	// What is not known for a while is no change.
	if why == "" && !r.triedAt.IsZero() && !r.used.equal(r.want) {
		r.State, r.triedAt, r.tooShort = State{}, time.Time{}, false
		r.Pending = "the autoscaler, the policy or the capacity has changed since the last one; the new one is under way"
	}
	switch {
	case why != "" && r.Proof == nil && !r.tooShort:
		r.Pending = why
	case why != "":
	case r.triedAt.IsZero():
		if due = true; r.used.metrics == nil {
			r.Pending = "it is under way"
		}
	case r.Withdrawn != "", r.tooShort && float64(span) >= retryGrowth*float64(r.triedSpan):
		due = true
	default:
		due = !now.Before(r.triedAt.Add(spread(k, every)))
	}
	return due
}

// replayable returns how long the history is that a replay can be made of, or
// why none can be.
func (r *Record) replayable(loads []Load) (why string, span time.Duration) {
	why = r.want.missing()
	for i, l := range loads {
		if l.Model == nil && why == "" {
			why = l.Name + " is not forecast yet"
			if l.NoForecast != nil {
				why = l.NoForecast.Detail
			}
		}
		if i == 0 || l.Series.Span() < span {
			span = l.Series.Span()
		}
	}
	return why, span
}

// withdraw takes the proof back if a load has changed for good since.
func (r *Record) withdraw(loads []Load) {
	if r.Proof == nil || r.Withdrawn != "" {
		return
	}
	for _, l := range loads {
		if l.Model == nil {
			continue
		}
		for _, f := range l.Model.Findings() {
			if f.Kind == forecast.FoundStep && f.From.After(r.To) {
				r.Withdrawn = fmt.Sprintf("%s has changed since the proof of %s: %s", l.Name, r.At.UTC().Format("2 Jan 15:04 UTC"), f.Detail)
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

// finish keeps what came of a proof that was tried. What was proven before of the
// same inputs stays known if nothing came of this one.
func (r *Record) finish(now time.Time, used Inputs, span, took time.Duration, made *proof.Proof, err error) {
	r.request, r.triedAt, r.used, r.triedSpan, r.tooShort = nil, now, used, span, false
	if err == nil {
		for i := range made.Results {
			made.Results[i].Floors = nil // a fleet of them would fill the memory
		}
		r.State = State{Proof: made, At: now, Took: took}
		return
	}
	why, short := proof.IsTooShort(err)
	if !short {
		why = err.Error()
	}
	r.tooShort = short
	if r.Proof == nil {
		r.State = State{Pending: why}
	}
}
