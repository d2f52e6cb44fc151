package advice

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// minShare is the least share of the pod-hours, and minMinutes the least
	// short minutes a week, that are worth a word.
	minShare   = 0.01
	minMinutes = 1.0
	// minFewer is the least share of the short minutes that they have to be.
	minFewer = 0.05
	// span is how much of the history counts, at the most.
	span = 28 * 24 * time.Hour
	// before is how much comes before what counts, where there is enough: a
	// forecast from less is not what it will be.
	before = 5 * 24 * time.Hour
	// warmUp is replayed before what counts.
	warmUp = 24 * time.Hour
	// proved is how much of the work a proof is.
	proved = 0.6
)

// A check looks for one kind of trouble.
type check func(*study) ([]Advice, error)

// checks in the order in which they are made. Each leaves the study as it was.
var checks = []check{
	requests, // the target steers nothing at all
	ceiling,  // pods that were not to be had
	target,   // how full pods may be
	baseline, // pods that stand there for nothing, or are missing there
	start,    // pods that come too late
	flapping, // pods that come and go
}

// Examine is Advise with what the advice rests on.
//
// It costs one proof, if there is none yet; one more where the HPA needs no
// floors, to see whether it would need none if its pods were full; and some
// thirty replays of what counts.
func Examine(in Input, tick func(done float64) error) (*Report, error) {
	if tick == nil {
		tick = func(float64) error { return nil }
	}
	s, err := newStudy(in, tick)
	if err != nil {
		return nil, err
	}
	r := &Report{From: s.since, To: s.to, Proof: s.proof, Now: s.now.week(), Notes: s.notes()}
	if s.floors != nil {
		w := s.with.week()
		r.Floors = &w
	}
	if s.now.total.minutes == 0 {
		return r, nil
	}
	for i, look := range checks {
		found, err := look(s)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			s.blocked = s.blocked || a.Kind == CeilingHit || a.Kind == RequestsMeaningless
		}
		r.Advice = append(r.Advice, found...)
		if err := s.tick(proved + (1-proved)*float64(i+1)/float64(len(checks))); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(r.Advice, byWorth)
	r.Notes = append(r.Notes, s.remarks...)
	return r, nil
}

// byWorth puts first what is worth most. A target that steers nothing comes
// before all, for it makes the rest doubtful.
func byWorth(a, b Advice) int {
	if root := func(a Advice) bool { return a.Kind == RequestsMeaningless }; root(a) != root(b) {
		if root(a) {
			return -1
		}
		return 1
	}
	return cmp.Compare(b.Worth, a.Worth)
}

// A study is an input with its proof and the replays that all is compared with.
type study struct {
	Input
	proof           *proof.Proof
	from, since, to time.Time        // a replay begins; it counts; it ends
	floors          *simulate.Floors // nil unless they are proven
	trace           simulate.Trace
	tell            func(done float64) error
	told            float64
	blocked         bool     // something else has to be mended before the target
	remarks         []string // what is no advice and yet worth a word

	now  *replay // as it is
	hpa  *replay // the HPA alone
	with *replay // under floors if there are any, else the HPA alone
}

func newStudy(in Input, tick func(float64) error) (*study, error) {
	s := &study{Input: in, proof: in.Proof, tell: tick}
	c := &s.Case
	if s.proof != nil {
		c.Score = s.proof.From
	} else if c.Score.IsZero() && len(c.Loads) > 0 && c.Loads[0].Step > 0 {
		first := c.Loads[0]
		end := first.End().Add(first.Step)
		whole := end.Sub(first.Start)
		c.Score = end.Add(-min(span, max(whole-before, whole*4/10)))
	}
	var err error
	if s.from, s.since, s.to, err = c.Span(); err != nil {
		return nil, err
	}
	if warm := s.since.Add(-warmUp); s.from.Before(warm) {
		s.from = warm
	}
	if s.proof == nil {
		if s.proof, err = c.Prove([]string{proof.PolicyHPA, proof.PolicyHighwater}, func(done float64) error { return s.tick(proved * done) }); err != nil {
			return nil, err
		}
	}
	if own, ok := s.proof.Result(proof.PolicyHighwater); ok && s.proof.Proven() {
		s.floors = own.Floors
	}
	if s.hpa, err = s.play(c.Loop, nil); err != nil {
		return nil, err
	}
	s.with, s.now = s.hpa, s.hpa
	if s.floors != nil {
		if s.with, err = s.play(c.Loop, s.floors); err != nil {
			return nil, err
		}
		if s.enforced() {
			s.now = s.with
		}
	}
	return s, nil
}

// enforced says whether floors are set where they are proven.
func (s *study) enforced() bool {
	return s.Case.Policy.Mode == recommender.Enforce && !s.Case.Policy.Suspend
}

// tick tells how much is done, which never falls.
func (s *study) tick(done float64) error {
	s.told = min(max(s.told, done), 1)
	return s.tell(s.told)
}

// floorsNow are the floors that are set as it is.
func (s *study) floorsNow() *simulate.Floors {
	if s.now == s.with {
		return s.floors
	}
	return nil
}

// worth returns what a change from one replay to another brings, in pod-hours
// per week: the pods that it saves, and the short minutes beyond the budget at
// the policy's ratio, or at the default.
func (s *study) worth(from, to totals) float64 {
	return perWeek(s.cost(from)-s.cost(to), from.minutes)
}

func (s *study) cost(t totals) float64 {
	risk := s.Case.Policy.Risk
	ratio := risk.Ratio
	if ratio == 0 {
		ratio = recommender.DefaultRatio
	}
	pods := s.now.total.podHours / max(s.now.total.minutes, 1) // mean pods over 60
	return t.podHours + ratio*pods*math.Max(0, t.short-risk.Budget*t.minutes)
}

// matters says whether a change is worth a word.
func (s *study) matters(from, to *replay) bool {
	a, b := from.week(), to.week()
	return s.worth(from.total, to.total) > 0 &&
		(a.PodHours-b.PodHours >= minShare*a.PodHours || a.ShortMinutes-b.ShortMinutes >= max(minMinutes, minFewer*a.ShortMinutes))
}
