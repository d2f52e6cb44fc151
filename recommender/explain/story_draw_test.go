package explain

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// A drawer draws stories: any time of day, what is to come and what is over, and
// values that are there or are not known.
type drawer struct {
	*rand.Rand
	now  time.Time
	word int
}

func (r *drawer) chance(share float64) bool { return r.Float64() < share }

// text is a sentence that nothing else has.
func (r *drawer) text() string {
	r.word++
	return fmt.Sprintf("word%d of some sentence", r.word)
}

func (r *drawer) maybe(share float64) string {
	if r.chance(share) {
		return r.text()
	}
	return ""
}

func (r *drawer) pick(list ...string) string { return list[r.IntN(len(list))] }

// size is a number of any size.
func (r *drawer) size() float64 { return math.Pow(10, 9*r.Float64()-3) }

func (r *drawer) span(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) }

// at is a time about now, past or to come, near or of another day.
func (r *drawer) at() time.Time {
	d := r.span([]time.Duration{3 * time.Minute, 3 * time.Hour, 3 * 24 * time.Hour, 28 * 24 * time.Hour}[r.IntN(4)])
	if r.chance(0.5) {
		d = -d
	}
	return r.now.Add(d)
}

func (r *drawer) after() time.Time {
	if t := r.at(); t.After(r.now) {
		return t
	}
	return r.now
}

func (r *drawer) before() time.Time {
	if t := r.at(); t.Before(r.now) {
		return t
	}
	return r.now
}

func (r *drawer) story() *Story {
	r.now = time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC).Add(r.span(20 * 24 * time.Hour)) // with the turn of a year
	if r.chance(0.3) {
		r.now = r.now.Truncate(time.Minute)
	}
	s := &Story{
		Now: r.now, Name: "shop/" + r.pick("web", "api", "a-b.c"), Kind: r.pick("HorizontalPodAutoscaler", "ScaledObject"), Target: "Deployment " + r.pick("web", "api"),
		Mode: r.pick("Observe", "Enforce"), Suspended: r.chance(0.1), Policy: r.pick("", "web-policy"), Quantile: []float64{0.5, 0.95, 0.997, 0.29}[r.IntN(4)],
		Reason: r.pick("Holding", "Baseline"), Message: r.text(), Current: r.Int32N(40), Baseline: r.Int32N(9), Ceiling: 1 + r.Int32N(60), Replicas: r.Int32N(50),
		Failed: r.maybe(0.1), LeadTime: r.span(20 * time.Minute).Round(time.Second), Holiday: r.maybe(0.1),
		Outcome: Remark{r.pick("Raised", "Observed"), r.maybe(0.8)}, Bound: r.pick("", "demand", "rate"),
	}
	for range r.IntN(3) {
		s.Loads = append(s.Loads, r.load())
	}
	if r.chance(0.5) {
		s.Lead = &Lead{r.span(9 * time.Minute), r.pick("Good", "Weak"), r.text()}
	}
	if r.chance(0.8) {
		s.Peak = &Peak{r.size(), r.pick("", "cores", "bytes", "requests/s"), r.after(), r.Int32N(200)}
	}
	for range r.IntN(10) {
		s.Changes = append(s.Changes, FloorAt{r.after(), r.Int32N(50)})
	}
	if r.chance(0.2) {
		start := r.at()
		s.Event = &Event{"sale", start, start.Add(r.span(50 * time.Hour)), []float64{1, 3, 1.5}[r.IntN(3)]}
	}
	for k := range r.IntN(3) {
		start := r.at()
		x := Schedule{Name: fmt.Sprintf("the schedule \"s%d\"", k), From: start, To: start.Add(r.span(9 * time.Hour)), Min: r.Int32N(20)}
		if x.Min%2 == 0 {
			x.Max = x.Min + 1
		}
		s.Scheduled = append(s.Scheduled, x)
	}
	for _, name := range []string{"demand", "rate", "clamp"}[:r.IntN(4)] {
		s.Stages = append(s.Stages, Stage{name, r.Int32N(50), r.maybe(0.5)})
	}
	if r.chance(0.3) {
		s.Lease = &Lease{"replica-1", r.Int32N(50), r.Int32N(9), r.at()}
	}
	if r.chance(0.1) {
		s.Problems = []Problem{{r.pick("NoMetrics", "BadPolicy"), "spec.metrics", r.text()}}
	}
	for range r.IntN(3) {
		s.Warnings = append(s.Warnings, Remark{r.pick("CeilingTooLow", "Outage"), r.text()})
	}
	if r.chance(0.6) {
		s.Warnings = nil
	}
	for t, n := r.now.Add(-r.span(24*time.Hour)), r.IntN(10); n > 0 && t.Before(r.now); n-- {
		s.Past = append(s.Past, State{t, r.Int32N(50), r.Int32N(50)})
		t = t.Add(1 + r.span(3*time.Hour))
	}
	s.Proof = r.proof()
	return s
}

func (r *drawer) load() Load {
	l := Load{
		Name: r.pick("requests", "cpu"), Unit: r.pick("", "cores", "bytes", "requests/s"), Value: r.size(), Newest: r.before(),
		Query: r.maybe(0.9), From: r.maybe(0.8), Since: r.before(), Span: r.span(28 * 24 * time.Hour),
		Method: r.text(), Score: Score{r.IntN(3000), r.Float64(), r.Float64() * 3},
		Quality: Quality{Points: r.IntN(40000)},
	}
	for _, n := range []*int{&l.Quality.Gaps, &l.Quality.Duplicates, &l.Quality.Unordered, &l.Quality.NonFinite, &l.Quality.Negative} {
		if r.chance(0.15) {
			*n = r.IntN(20)
		}
	}
	if l.Quality.Gaps > 0 {
		l.Quality.Missing = l.Quality.Gaps * (1 + r.IntN(9))
	}
	switch {
	case r.chance(0.05):
		l.Newest, l.Value = time.Time{}, math.NaN()
	case r.chance(0.05):
		l.Newest = r.after() // a clock that goes wrong
	}
	if r.chance(0.1) {
		l.Since, l.Span = time.Time{}, 0
	}
	if r.chance(0.2) {
		l.Missing = &Remark{r.pick("TooShort", "Stale", "QueryFailed", "Counter", "NoCapacity", "NotYetFitted", "NoMetric"), r.text()}
		l.Method = r.maybe(0.5)
	}
	if r.chance(0.3) {
		l.Score = Score{0, math.NaN(), math.NaN()}
	} else if r.chance(0.1) {
		l.Score.Error = math.NaN()
	}
	if r.chance(0.2) {
		l.Remarks, l.Findings = []string{r.text()}, []string{r.text(), r.text()}
	}
	l.Capacity = Capacity{PerPod: r.size(), Source: r.maybe(0.8), Full: r.size()}
	switch r.IntN(5) {
	case 0:
		l.Capacity.PerPod = 0
	case 1:
		l.Capacity.Full = l.Capacity.PerPod
	case 2:
		l.Capacity.Full = 0
	}
	if r.chance(0.3) {
		l.Capacity.Assumed = r.pick("it is assumed; set the target", "it is assumed")
	}
	if r.chance(0.5) {
		low := r.size()
		l.Capacity.Learned = &Learned{PerPod: []float64{0, r.size()}[r.IntN(2)], Method: "CPU", Confidence: "Good", Why: r.text(),
			Estimates: []Estimate{{"Target", low, low, low, false, 0, "Good"}, {r.pick("CPU", "Latency"), low * 1.1, low, low * 1.3, r.chance(0.3), 1 + r.IntN(900), "Weak"}},
			Refusals:  []Refusal{{"USL", "NotSaturated", r.text()}}}
	}
	return l
}

func (r *drawer) proof() Proof {
	if r.chance(0.2) {
		return Proof{Pending: r.maybe(0.8)}
	}
	p := Proof{Verdict: r.pick("Proven", "Proven", "Proven", "NotNeeded", "NoGain", "NaiveWins", "NoForesight", "DidHarm"), Detail: r.text(), MadeAt: r.before()}
	p.To = p.MadeAt.Add(-r.span(time.Hour))
	p.From = p.To.Add(-time.Hour - r.span(20*24*time.Hour))
	p.Since = p.From.Add(-r.span(10 * 24 * time.Hour))
	p.Withdrawn = r.maybe(0.1)
	minutes := math.Round(p.To.Sub(p.From).Minutes())
	for _, name := range []string{"hpa", "highwater", "naive", "constant", "oracle", "q0.95"} {
		p.Results = append(p.Results, Played{name, minutes, math.Round(minutes*r.Float64()*r.Float64()*60) / 60, r.size() + 1, r.IntN(999)})
	}
	switch r.IntN(8) {
	case 0:
		p.Results = nil
	case 1:
		p.Results[1] = p.Results[0]
		p.Results[1].Policy = "highwater"
	case 2:
		for i := range p.Results { // nothing was known
			p.Results[i] = Played{Policy: p.Results[i].Policy}
		}
	}
	return p
}
