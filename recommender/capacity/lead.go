package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/recommender"
)

// A Start is how one pod started.
type Start struct {
	Created time.Time     // only needed for LeadOptions.HalfLife
	Took    time.Duration // from creation to Ready; 0 or less if it never became Ready
	NewNode bool          // it had to wait for a node that did not exist yet
}

// LeadOptions say how a lead time is learned. The zero value is usable.
type LeadOptions struct {
	Default time.Duration // where there is too little to learn from; 0 is that of recommender.DefaultPolicy
	Sync    time.Duration // from raising the floor to the pods being created; 0 is DefaultSync

	// Min and Max bound the lead time; 0 is DefaultMinLead and DefaultMaxLead.
	Min, Max time.Duration
	// HalfLife is after which time a start counts half, reckoned from the newest;
	// 0 lets all count alike.
	HalfLife time.Duration
}

// The defaults of LeadOptions.
const (
	// DefaultSync is the period of the HPA's loop, which creates the pods
	// (--horizontal-pod-autoscaler-sync-period of kube-controller-manager).
	DefaultSync    = 15 * time.Second
	DefaultMinLead = 10 * time.Second
	DefaultMaxLead = 30 * time.Minute
)

const (
	// minStarts is the least number of starts to learn from.
	minStarts = 5
	// startQuantile of the pods are to be Ready in time; startConfident is how sure
	// that is.
	startQuantile, startConfident = 0.95, 0.9
	// slowShare is the share of starts that must be slow for them to be a way of
	// starting; fewer are outliers.
	slowShare, minSlow = 0.1, 3
	// ashman is Ashman's D from which two groups count as two. Two normal
	// distributions are seen apart from 2, but the halves of a single one have
	// 2.65, and those of few starts more by chance.
	ashman = 4.0
	// twice is by how much the slow must be slower for anyone to care.
	twice = 2.0
	// fence is how many interquartile ranges beyond the upper quartile of the
	// logarithm a start must lie to be an outlier, and fenceLeast the least that
	// this is; at most outlierShare of starts can be.
	fence, outlierShare = 3.0, 0.02
	fenceLeast          = 1.4 // in all, as a logarithm: four times the upper quartile
)

// A Way is how long pods take that start in one way.
type Way struct {
	Median, P95 time.Duration
	N           int
}

// Lead is the lead time of a workload: from raising the floor to the new pods
// being Ready.
type Lead struct {
	Time        time.Duration // what to plan with: P95 and Sync, within Min and Max
	P95, Median time.Duration // from creation to Ready; 0 if there was too little to learn from
	N           int           // starts it was learned from
	Confidence  Confidence
	Why         string // a phrase for humans

	NeverReady int  // starts left out because the pod never became Ready
	Outliers   int  // starts left out because they took absurdly long, as a stuck image pull
	Slow       *Way // the starts that waited for a node, if they are usual; P95 is then theirs
	Guessed    bool // Slow was told from the times alone: no start was marked NewNode
}

// LeadTime learns the lead time from starts, in any order. starts is not changed.
//
// P95 is not the 95th percentile of what was seen but the smallest order
// statistic that is no less than the true one with 90 % confidence, whatever
// the distribution: the k-th of n where a binomial (n, 0.95) stays under k with
// probability 0.9. Under 45 starts there is none, the longest start stands in,
// and Confidence is Weak; under 5, Time is Default and Confidence None.
//
// Where a tenth of the pods or more had to wait for a node, P95 is that of these:
// a rise needs many pods at once, and the last of them find no room. Without
// marks, two ways of starting are told from the times if they stand clearly
// apart: the logarithms are cut where the variance within is least (Otsu), and
// Ashman's D must exceed 4.
//
// Outliers are at most 2 % of the starts, or one, beyond Tukey's far fence. With
// HalfLife, old starts count less, and n is Kish's effective number.
//
// # References
//
// H. A. David, H. N. Nagaraja, Order Statistics, 3rd ed., Wiley 2003, section
// 7.1. N. Otsu, A threshold selection method from gray-level histograms, IEEE
// Trans. SMC 9 (1979). K. M. Ashman, C. M. Bird, S. E. Zepf, Detecting
// bimodality in astronomical datasets, Astronomical Journal 108 (1994). J. W.
// Tukey, Exploratory Data Analysis, Addison-Wesley 1977. L. Kish, Survey
// Sampling, Wiley 1965.
func LeadTime(starts []Start, o LeadOptions) Lead {
	o = o.filled()
	var l Lead
	ready := make([]Start, 0, len(starts))
	var newest time.Time
	for _, s := range starts {
		if s.Took <= 0 {
			l.NeverReady++
			continue
		}
		if s.Created.After(newest) {
			newest = s.Created
		}
		ready = append(ready, s)
	}
	slices.SortFunc(ready, func(a, b Start) int { return cmp.Compare(a.Took, b.Took) })
	if len(ready) < minStarts {
		l.N, l.Time = len(ready), o.bound(o.Default)
		l.Why = fmt.Sprintf("%d pods were seen to start; %d are needed to learn from, and %s is assumed", len(ready), minStarts, o.Default)
		return l
	}
	usual, slow, guessed := ways(ready)
	var out [2]int
	usual, out[0] = withoutOutliers(usual)
	slow, out[1] = withoutOutliers(slow)
	l.Outliers = out[0] + out[1]
	all := append(slices.Clone(usual), slow...)
	slices.SortFunc(all, func(a, b Start) int { return cmp.Compare(a.Took, b.Took) })
	l.N = len(all)
	l.Median = newWeighing(all, newest, o.HalfLife).quantile(0.5)

	ruling := all
	if len(slow) > 0 {
		ruling, l.Guessed = slow, guessed
	}
	w := newWeighing(ruling, newest, o.HalfLife)
	var sure bool
	l.P95, sure = w.upper()
	l.Confidence = Weak
	if sure {
		l.Confidence = Good
	}
	if len(slow) > 0 {
		l.Slow = &Way{Median: w.quantile(0.5), P95: l.P95, N: len(slow)}
	}
	l.Time = o.bound(min(l.P95, o.Max) + o.Sync) // the inner min keeps the sum from overflowing
	l.Why = l.phrase(o, sure)
	return l
}

func (l Lead) phrase(o LeadOptions, sure bool) string {
	why := fmt.Sprintf("95%% of pods are Ready within %s", round(l.P95))
	switch {
	case l.Slow != nil && l.Guessed:
		why = fmt.Sprintf("%d of %d pods took much longer, as if they waited for a node: up to %s, and the others half of the time less than %s",
			l.Slow.N, l.N, round(l.P95), round(l.Median))
	case l.Slow != nil:
		why = fmt.Sprintf("%d of %d pods waited for a node: up to %s", l.Slow.N, l.N, round(l.P95))
	case !sure:
		why = fmt.Sprintf("the slowest of %d pods was Ready within %s", l.N, round(l.P95))
	}
	why += fmt.Sprintf(", and %s pass before they are created", o.Sync)
	if l.Outliers > 0 {
		why += fmt.Sprintf("; %d that took absurdly long left out", l.Outliers)
	}
	if l.NeverReady > 0 {
		why += fmt.Sprintf("; %d that never became Ready left out", l.NeverReady)
	}
	return why
}

func round(d time.Duration) time.Duration {
	if d >= 10*time.Second {
		return d.Round(time.Second)
	}
	return d.Round(100 * time.Millisecond)
}

func (o LeadOptions) filled() LeadOptions {
	or := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	or(&o.Default, recommender.DefaultPolicy().LeadTime)
	or(&o.Sync, DefaultSync)
	or(&o.Min, DefaultMinLead)
	or(&o.Max, DefaultMaxLead)
	o.Sync = min(o.Sync, o.Max)
	return o
}

func (o LeadOptions) bound(d time.Duration) time.Duration { return min(max(d, o.Min), o.Max) }

// ways splits sorted starts into the usual and the slow, if those are usual too.
func ways(sorted []Start) (usual, slow []Start, guessed bool) {
	marked := false
	for _, s := range sorted {
		if s.NewNode {
			slow, marked = append(slow, s), true
		} else {
			usual = append(usual, s)
		}
	}
	isUsual := func(n int) bool { return n >= minSlow && float64(n) >= slowShare*float64(len(sorted)) }
	if marked {
		if isUsual(len(slow)) {
			return usual, slow, false
		}
		return sorted, nil, false
	}
	if cut := otsu(sorted); isUsual(cut) && isUsual(len(sorted)-cut) {
		return sorted[:cut], sorted[cut:], true
	}
	return sorted, nil, false
}

// otsu returns how many of the sorted starts belong to the faster of two groups,
// 0 if there are no two.
func otsu(sorted []Start) int {
	n := len(sorted)
	sum, square := make([]float64, n+1), make([]float64, n+1)
	for i, s := range sorted {
		x := math.Log(s.Took.Seconds())
		sum[i+1], square[i+1] = sum[i]+x, square[i]+x*x
	}
	stat := func(lo, hi int) (mean, variance float64) {
		k := float64(hi - lo)
		mean = (sum[hi] - sum[lo]) / k
		return mean, max(0, (square[hi]-square[lo])/k-mean*mean)
	}
	best, cut := math.Inf(1), 0
	for i := 1; i < n; i++ {
		_, a := stat(0, i)
		_, b := stat(i, n)
		if within := a*float64(i) + b*float64(n-i); within < best {
			best, cut = within, i
		}
	}
	if cut == 0 {
		return 0
	}
	m1, v1 := stat(0, cut)
	m2, v2 := stat(cut, n)
	gap := math.Log(sorted[cut].Took.Seconds() / sorted[cut-1].Took.Seconds())
	if m2-m1 < math.Log(twice) || (m2-m1)*math.Sqrt2 <= ashman*math.Sqrt(v1+v2) || gap < 0.25*(m2-m1) {
		return 0
	}
	return cut
}

// withoutOutliers returns sorted starts without the few that took absurdly long,
// and how many those are.
func withoutOutliers(sorted []Start) ([]Start, int) {
	n := len(sorted)
	if n < minStarts {
		return sorted, 0
	}
	q1, q3 := sorted[n/4].Took.Seconds(), sorted[3*n/4].Took.Seconds()
	limit := q3 * math.Exp(max(fence*math.Log(q3/q1), fenceLeast))
	most := max(int(outlierShare*float64(n)), 1)
	out := 0
	for out < n && sorted[n-1-out].Took.Seconds() > limit {
		out++
	}
	if out > most {
		return sorted, 0 // so many are a way of starting
	}
	return sorted[:n-out], out
}

// A weighing is sorted starts with their weights.
type weighing struct {
	starts []Start
	sum    []float64 // of weights, up to and with each
	n      float64   // effective number
}

func newWeighing(sorted []Start, newest time.Time, halfLife time.Duration) weighing {
	w := weighing{starts: sorted, sum: make([]float64, len(sorted))}
	sum, square := 0.0, 0.0
	for i, s := range sorted {
		x := 1.0
		if halfLife > 0 {
			// A start that is ages old still counts a little, so that no sum is zero.
			x = max(math.Exp2(-newest.Sub(s.Created).Seconds()/halfLife.Seconds()), 1e-9)
		}
		sum += x
		square += x * x
		w.sum[i] = sum
	}
	w.n = sum * sum / square
	return w
}

// quantile returns the least start that a share of at least q does not exceed.
func (w weighing) quantile(q float64) time.Duration {
	last := len(w.sum) - 1
	want := q * w.sum[last] * (1 - 1e-12)
	i, _ := slices.BinarySearch(w.sum, want)
	return w.starts[min(i, last)].Took
}

// upper returns the upper confidence bound of the quantile; sure is false if
// there are too few starts for one, and it is the longest.
func (w weighing) upper() (d time.Duration, sure bool) {
	n := int(w.n + 1e-9)
	k := surely(n, startQuantile, startConfident)
	// Half a start under the k-th is the k-th where all weigh alike, and where they
	// do not, the oldest that hardly count do not decide.
	return w.quantile((float64(min(k, n)) - 0.5) / float64(n)), k <= n
}

// surely returns the least k for which the k-th smallest of n is no less than the
// p-quantile with the given confidence: P(Binomial(n, p) ≥ k) ≤ 1 − confidence.
// It is n + 1 if there is none. It costs O(n).
func surely(n int, p, confidence float64) int {
	all, _ := math.Lgamma(float64(n + 1))
	over := 0.0 // P(Binomial(n, p) ≥ k)
	for k := n; k > 0; k-- {
		in, _ := math.Lgamma(float64(k + 1))
		out, _ := math.Lgamma(float64(n - k + 1))
		over += math.Exp(all - in - out + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
		if over > 1-confidence {
			return k + 1
		}
	}
	return 1
}
