package capacity

import (
	"fmt"
	"slices"
)

const (
	// fewAbove is how many observations above the objective it takes, beyond the
	// knee, to be more than chance.
	fewAbove = 8
	// failBelow is the largest share of observations under the knee that may miss
	// the objective; from metBeyond on, those beyond it meet it too often. There is
	// no knee past either; a Good one keeps half of it.
	failBelow, metBeyond = 0.25, 0.4
	// failAny is the largest share of observations that may miss the objective
	// where there is no knee and the objective counts as met.
	failAny = 0.1
	// kneeWider is by how much the interval is wider than that of the bootstrap,
	// which is too narrow for a cut: in worlds with a known knee 70 % of 90 %
	// intervals held it, and so 90 % do. kneeLeast is its least half width.
	kneeWider, kneeLeast = 1.5, 0.02
)

// FromLatency returns the knee of the latency: the largest load per pod at
// which the latency meets the objective.
//
// The latency is taken to rise with the load per pod, and nothing more: the
// median of the latency is fitted by isotonic regression in absolute errors.
// Such a regression can be cut at any height: where it crosses the objective
// is where the fewest observations lie on the wrong side, those below the knee
// that miss the objective and those beyond it that meet it. So the knee is exact
// in O(n), and no single outlier moves it, however high. Curve shows the whole
// regression, on bins, by pooling adjacent violators.
//
// The interval is that of a block bootstrap, half as wide again since a
// bootstrap does not hold for a cut: a knee that was seen on one
// occasion is missing from many draws, and Weak. If the objective was met at all
// loads, the estimate says AtLeast, and is Weak: PerPod is the largest load per
// pod that was seen, without the highest half percent, which may be errors.
//
// It refuses with ReasonMissing, ReasonTooFewPoints, ReasonNoSpread,
// ReasonNeverMet or ReasonNotMonotone. It costs O(n log n).
//
// # References
//
// R. E. Barlow, D. J. Bartholomew, J. M. Bremner, H. D. Brunk, Statistical
// Inference under Order Restrictions, Wiley 1972 (the pooling of violators).
// T. Robertson, P. Waltman, On estimating monotone parameters, Annals of
// Mathematical Statistics 39 (1968) (medians in place of means). Q. F. Stout,
// Isotonic regression via partitioning, Algorithmica 66 (2013) (the cut). J.
// Abrevaya, J. Huang, On the bootstrap of the maximum score estimator,
// Econometrica 73 (2005) (why it does not hold for a cut).
func FromLatency(obs Observations, o Options) (Estimate, *Refusal) {
	return sampleOf(obs).fromLatency(o)
}

func (s *sample) fromLatency(o Options) (Estimate, *Refusal) {
	const m = MethodLatency
	goal := o.Objective.Seconds()
	if !(goal > 0) {
		return Estimate{}, refuse(m, ReasonMissing, "there is no objective for the latency")
	}
	rows, r := s.usable(m, func(r *row) bool { return r.lat >= 0 && r.x > 0 }, "the latency")
	if r != nil {
		return Estimate{}, r
	}
	k := kneeOf(rows, goal)
	if r := k.check(o); r != nil {
		return Estimate{}, r
	}
	e := Estimate{Method: m, N: len(rows), Confidence: Good}
	e.Points = scatter(rows, func(r *row) float64 { return r.lat })
	e.Curve = isotone(rows)
	if k.beyond < fewAbove {
		e.AtLeast, e.Confidence = true, Weak
		e.PerPod = rows[len(rows)-1-len(rows)/200].x
		e.Low, e.High = e.PerPod, e.PerPod
		e.Why = fmt.Sprintf("the latency met %s at every load seen, up to %s: the capacity is that or more", o.Objective, o.perPod(e.PerPod))
		return e.checked()
	}
	e.PerPod = rows[k.at-1].x
	low, high, open := k.draw(rows, goal)
	e.Low, e.High = low, high
	e.widen(kneeWider, kneeLeast)
	e.Why = fmt.Sprintf("the latency meets %s up to %s", o.Objective, o.perPod(e.PerPod))
	doubt := func(bad bool, why string) {
		if bad {
			e.Confidence = Weak
			e.Why += "; " + why
		}
	}
	doubt(open, "it was exceeded on too few occasions to be sure")
	doubt(k.failed > failBelow/2 || k.met > metBeyond/2, "it was often exceeded at lower loads, or met at higher ones")
	doubt(!open && !(e.High <= goodRatio*e.Low), "where exactly is uncertain")
	return e.checked()
}

// A knee is where latencies are best told apart by the load per pod.
type knee struct {
	at          int     // rows before it lie below the knee
	n           int     // rows
	beyond      int     // rows beyond the knee that miss the objective
	failed, met float64 // shares: of the rows below, that miss it; of those beyond, that meet it
}

// kneeOf returns the knee of rows, sorted by load, with the fewest on the wrong
// side; the lowest of several.
func kneeOf(rows []row, goal float64) knee {
	total := 0
	for i := range rows {
		if rows[i].lat > goal {
			total++
		}
	}
	// Before row 0, all that meet the objective are on the wrong side.
	wrong := len(rows) - total
	best, at, below, missed := wrong, 0, 0, 0
	for i := range rows {
		if rows[i].lat > goal {
			below++
			wrong++
		} else {
			wrong--
		}
		if wrong < best {
			best, at, missed = wrong, i+1, below
		}
	}
	k := knee{at: at, n: len(rows), beyond: total - missed}
	k.failed = float64(missed) / float64(max(at, 1))
	k.met = float64(len(rows)-at-k.beyond) / float64(max(len(rows)-at, 1))
	return k
}

// check returns why there is no knee, or nil.
func (k knee) check(o Options) *Refusal {
	switch {
	case k.at < 20 || k.at < k.n/50:
		return refuse(MethodLatency, ReasonNeverMet, "the latency met %s at hardly any load", o.Objective)
	case k.beyond < fewAbove && k.failed > failAny:
		return refuse(MethodLatency, ReasonNotMonotone, "the latency exceeded %s in %.0f%% of observations, at low loads as at high ones", o.Objective, 100*k.failed)
	case k.failed > failBelow || k.beyond >= fewAbove && k.met > metBeyond:
		return refuse(MethodLatency, ReasonNotMonotone, "the latency does not rise with the load: below its knee %.0f%% of observations exceed %s, beyond it %.0f%% meet it",
			100*k.failed, o.Objective, 100*k.met)
	}
	return nil
}

// A bin counts the rows of a short span of loads, by block.
type bin struct {
	x          float64 // its highest load
	miss, meet [blocks]float64
}

// draw returns the interval of the knee. open says that the objective was met
// at all loads in too many draws for there to be an upper end; high is then that
// of the draws which have a knee.
func (k knee) draw(rows []row, goal float64) (low, high float64, open bool) {
	edges := topBins(len(rows), 4, max(len(rows)/200, 4))
	bins := make([]bin, len(edges)-1)
	for j := range bins {
		b := &bins[j]
		b.x = rows[edges[j+1]-1].x
		for i := edges[j]; i < edges[j+1]; i++ {
			if rows[i].lat > goal {
				b.miss[rows[i].block]++
			} else {
				b.meet[rows[i].block]++
			}
		}
	}
	var xs []float64
	missing := 0
	resample(func(times *[blocks]float64) {
		wrong, best, at := 0.0, 0.0, -1
		for j := range bins {
			b := &bins[j]
			for g, t := range times {
				wrong += t * (b.miss[g] - b.meet[g])
			}
			if wrong < best {
				best, at = wrong, j
			}
		}
		switch {
		case at == len(bins)-1:
			missing++
		case at < 0:
			xs = append(xs, 0)
		default:
			xs = append(xs, bins[at].x)
		}
	})
	return interval(xs, missing)
}

// topBins returns the edges of bins over n ranks, the first 0 and the last n.
// They are small at the top, where high loads are rare and the knee may be,
// and grow downwards from least to most.
func topBins(n, least, most int) []int {
	edges := []int{n}
	size := float64(least)
	for at := n; at > 0; {
		at -= int(size)
		if at < least {
			at = 0
		}
		edges = append(edges, at)
		size = min(size*1.15, float64(most))
	}
	slices.Reverse(edges)
	return edges
}

// isotone returns the isotonic regression of the medians of the latency over
// bins of the load per pod, in absolute errors: neighbours that fall are pooled,
// and a pool has the median of its bins.
func isotone(rows []row) []Point {
	edges := topBins(len(rows), 8, max(len(rows)/50, 8))
	type pool struct {
		mid  float64
		ys   []float64 // of its bins
		from int       // the first of them
	}
	var pools []pool
	var lat []float64
	xs := make([]float64, len(edges)-1)
	for j := range xs {
		lat = lat[:0]
		for i := edges[j]; i < edges[j+1]; i++ {
			lat = append(lat, rows[i].lat)
		}
		xs[j] = rows[(edges[j]+edges[j+1])/2].x
		y := medianOf(lat)
		pools = append(pools, pool{mid: y, ys: []float64{y}, from: j})
		for n := len(pools); n > 1 && pools[n-2].mid >= pools[n-1].mid; n = len(pools) {
			a, b := &pools[n-2], &pools[n-1]
			a.ys = append(a.ys, b.ys...)
			a.mid = medianOf(a.ys)
			pools = pools[:n-1]
		}
	}
	var curve []Point
	for i := range pools {
		to := len(xs)
		if i+1 < len(pools) {
			to = pools[i+1].from
		}
		for j := pools[i].from; j < to; j++ {
			curve = append(curve, Point{xs[j], pools[i].mid})
		}
	}
	return curve
}
