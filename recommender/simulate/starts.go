package simulate

import (
	"errors"
	"fmt"
	"time"
)

// Starts says how long pods take from creation to Ready. The zero value is no
// time at all.
type Starts struct {
	Fixed time.Duration // of every pod, unless there are Quantiles

	// Quantiles of the distribution, at equal steps of probability from 0 to 1:
	// the first is the least and the last the most; linear in between. Pods draw
	// from it by a sequence that covers it evenly, the same in every run.
	Quantiles []time.Duration

	Nodes int32         // pods that the nodes there are hold; 0 means any number
	Node  time.Duration // added for each pod that finds Nodes full: a node starts for it, and goes with it
}

// Check returns an error that joins everything wrong with s.
func (s Starts) Check() error {
	var errs []error
	if s.Fixed < 0 {
		errs = append(errs, fmt.Errorf("Start.Fixed is %s: make it positive, or 0 for pods that are Ready at once", s.Fixed))
	}
	if s.Nodes < 0 {
		errs = append(errs, fmt.Errorf("Start.Nodes is %d: make it the pods that the nodes hold, or 0 for any number", s.Nodes))
	}
	if s.Node < 0 {
		errs = append(errs, fmt.Errorf("Start.Node is %s: make it the time a node takes to start", s.Node))
	}
	last := time.Duration(0)
	for i, q := range s.Quantiles {
		if q < last {
			errs = append(errs, fmt.Errorf("Start.Quantiles[%d] is %s: sort them, from the shortest start to the longest", i, q))
		}
		last = q
	}
	return errors.Join(errs...)
}

// golden is 2⁶⁴ over the golden ratio. Its multiples modulo 2⁶⁴, as fractions,
// are the additive recurrence of lowest discrepancy: H. Weyl, Über die
// Gleichverteilung von Zahlen mod. Eins, Mathematische Annalen 77 (1916).
const golden = 0x9E3779B97F4A7C15

// draw returns the start time of the k-th pod in ns, without that of a node.
func (s *Starts) draw(k uint64) int64 {
	last := len(s.Quantiles) - 1
	switch {
	case last < 0:
		return int64(s.Fixed)
	case last == 0:
		return int64(s.Quantiles[0])
	}
	const unit = 1.0 / (1 << 64)
	at := float64((k+1)*golden) * unit * float64(last)
	i := min(int(at), last-1)
	lo, hi := s.Quantiles[i], s.Quantiles[i+1]
	return int64(lo) + int64((at-float64(i))*float64(hi-lo))
}
