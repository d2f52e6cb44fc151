package proof

import (
	"math"
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A Moment is what held in a replay from a time until the next.
type Moment struct {
	Time               time.Time
	Load               float64 // NaN if not known
	Ready, Pods, Floor int32
	Short              bool // fewer ready pods than the load needed, at some time
}

// Moments plays one policy of a proof again, and lays what happened while outcomes
// count out in most moments or fewer: of the first load, the pods and the floor the
// largest within each, of the ready pods the least.
func (c *Case) Moments(p *Proof, policy string, most int) ([]Moment, error) {
	result, _ := p.Result(policy)
	from, _, _, err := c.Span()
	if err != nil {
		return nil, err
	}
	var tr simulate.Trace
	if _, err := c.Loop.Play(c.Loads, from, p.To, result.Floors, &tr); err != nil {
		return nil, err
	}
	load := c.Loads[0]
	first := int(p.From.Sub(tr.Start) / tr.Step)
	each := max(1, (len(tr.Ready)-first+most-1)/most)
	var list []Moment
	for i := first; i < len(tr.Ready); i += each {
		m := Moment{Time: tr.Start.Add(time.Duration(i) * tr.Step), Load: math.NaN(), Ready: tr.Ready[i], Pods: tr.Replicas[i], Floor: tr.Floor[i]}
		for j := i; j < min(i+each, len(tr.Ready)); j++ {
			if at := load.Index(tr.Start.Add(time.Duration(j) * tr.Step)); at >= 0 && at < load.Len() {
				if v := load.Values[at]; !math.IsNaN(v) && !(v <= m.Load) {
					m.Load = v
				}
			}
			m.Ready, m.Pods, m.Floor = min(m.Ready, tr.Ready[j]), max(m.Pods, tr.Replicas[j]), max(m.Floor, tr.Floor[j])
			m.Short = m.Short || tr.Short[j] > 0
		}
		list = append(list, m)
	}
	return list, nil
}
