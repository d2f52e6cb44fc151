package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/internal/table"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// Table writes a row for each policy, and what follows from them.
func (r *Replay) Table(w io.Writer) error {
	head := []string{"POLICY", "SHORT", "OF ALL", "LONGEST", "SHORT LOAD", "POD-HOURS", "MORE", "UTILIZATION", "MAX PODS", "CHANGES", "FLOOR CHANGES"}
	if r.Price.Known() {
		head = append(head, strings.TrimSuffix("COST "+r.Price.Currency, " "))
	}
	alone, _ := r.Proof.Result(proof.PolicyHPA)
	rows := [][]string{head}
	for _, p := range r.results() {
		row := []string{p.Policy, fixed(p.ShortMinutes, 1) + "m", share(p.ShortMinutes, p.Minutes, 3), fixed(p.LongestShort.Minutes(), 1) + "m", explain.Number(p.ShortLoad),
			fixed(p.PodHours, 1), share(p.PodHours-alone.PodHours, alone.PodHours, 1), share(p.MeanUtilization, 1, 1),
			strconv.Itoa(int(p.MaxPods)), strconv.Itoa(p.Changes), strconv.Itoa(p.FloorChanges)}
		if r.Price.Known() {
			row = append(row, fixed(r.Price.PodHour*p.PodHours, 2))
		}
		rows = append(rows, row)
	}
	if err := table.Write(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s%s%s%s", r.scored(), r.verdict(), r.setting(),
		"SHORT is the time with fewer ready pods than the load needs; SHORT LOAD what was beyond them, times minutes; MORE is relative to the HPA alone.\n")
	return err
}

// scored says what the table is of.
func (r *Replay) scored() string {
	p, load := r.Proof, &r.Case.Loads[0]
	known := "all of it known"
	if n := int(p.To.Sub(p.From) / load.Step); n > 0 {
		later := load.Between(p.From, p.To)
		if missing := n - later.Known(); missing > 0 {
			known = fmt.Sprintf("%d of %d samples missing and not counted", missing, n)
		}
	}
	return fmt.Sprintf("The table is of %s, scored from %s to %s, %s.\n", r.Name, r.stamp(p.From), r.stamp(p.To), known)
}

// verdict says what was proven, of which days, and with which quantile.
func (r *Replay) verdict() string {
	p := r.Proof
	found := "is as given"
	switch {
	case r.Case.Policy.Risk == recommender.Risk{}:
	case p.Proven():
		found = "serves best on them"
	default:
		found = "is the default, as none serves"
	}
	which := "the days scored"
	switch {
	case p.Since.Before(p.From):
		which = "all days replayed, those before the scored ones included"
	case p.Since.After(p.From):
		which = "the last of the days scored"
	}
	return fmt.Sprintf("%s.\nThat is of %s, from %s to %s: %s; the quantile of %s %s.\n", explain.Verdict(string(p.Verdict)),
		which, r.stamp(p.Since), r.stamp(p.To), p.Detail, plain(p.Quantile), found)
}

// setting says what was assumed of the HPA and of pods.
func (r *Replay) setting() string {
	loop := &r.Case.Loop
	target := explain.Percent(loop.Spec.Metrics[0].Target / loop.PerPod[0])
	return fmt.Sprintf("The HPA aims at %s of the %s that a pod carries, baseline %d, ceiling %d; pods start in %s, floors are raised %s early.\n",
		target, explain.Number(loop.PerPod[0]), loop.Spec.Min, loop.Spec.Max, explain.Span(loop.Start.Fixed), explain.Span(r.Case.Policy.LeadTime))
}

func (r *Replay) stamp(t time.Time) string {
	if r.Zone != nil {
		return t.In(r.Zone).Format(time.RFC3339)
	}
	return t.UTC().Format(time.RFC3339)
}

func plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func fixed(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }

// share is x of y in percent; a dash if y is 0.
func share(x, y float64, digits int) string {
	if y == 0 {
		return "–"
	}
	return fixed(100*x/y, digits) + "%"
}
