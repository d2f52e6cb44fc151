package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/highwater-dev/highwater/recommender/proof"
)

// report prints what came of the policies that were asked for.
func (o *replayFlags) report(r *replayed, out io.Writer) error {
	switch o.format {
	case "json":
		return o.json(r, out)
	case "table":
		return o.table(r, out)
	}
	return nil
}

// results are those of the policies asked for, in the order of the flag.
func (o *replayFlags) results(r *replayed) []proof.Result {
	var list []proof.Result
	for _, name := range o.policies {
		if result, ok := r.proof.Result(name); ok {
			list = append(list, result)
		}
	}
	return list
}

// policyJSON is one object of the array that the command prints.
type policyJSON struct {
	Policy              string  `json:"policy"`
	Minutes             float64 `json:"minutes"`
	ShortMinutes        float64 `json:"shortMinutes"`
	ShortLoad           float64 `json:"shortLoad"` // load times minutes
	PodHours            float64 `json:"podHours"`
	MeanUtilization     float64 `json:"meanUtilization"`
	Changes             int     `json:"changes"`
	FloorChanges        int     `json:"floorChanges"`
	MaxPods             int32   `json:"maxPods"`
	LongestShortMinutes float64 `json:"longestShortMinutes"`

	Cost     *float64 `json:"cost,omitempty"`     // with --price
	Verdict  string   `json:"verdict,omitempty"`  // of the proof, for highwater
	Detail   string   `json:"detail,omitempty"`   // the verdict in words
	Quantile float64  `json:"quantile,omitempty"` // that serves best now
}

func (o *replayFlags) json(r *replayed, out io.Writer) error {
	list := []policyJSON{}
	for _, p := range o.results(r) {
		x := policyJSON{Policy: p.Policy, Minutes: p.Minutes, ShortMinutes: p.ShortMinutes, ShortLoad: p.ShortLoad, PodHours: p.PodHours,
			MeanUtilization: p.MeanUtilization, Changes: p.Changes, FloorChanges: p.FloorChanges, MaxPods: p.MaxPods, LongestShortMinutes: p.LongestShort.Minutes()}
		if o.price > 0 {
			cost := o.price * p.PodHours
			x.Cost = &cost
		}
		if p.Policy == proof.PolicyHighwater {
			x.Verdict, x.Detail, x.Quantile = string(r.proof.Verdict), r.proof.Detail, r.proof.Quantile
		}
		list = append(list, x)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(list)
}

// verdicts tell in words what a proof came to.
var verdicts = map[proof.Verdict]string{
	proof.Proven:      "Proven: floors serve better than the HPA alone, and no worse than floors from yesterday's load.",
	proof.NotNeeded:   "NotNeeded: the HPA alone is hardly ever short, or keeps to the budget.",
	proof.NoGain:      "NoGain: floors would cost more than the short minutes that they avoid.",
	proof.NaiveWins:   "NaiveWins: floors from yesterday's load would serve clearly better.",
	proof.NoForesight: "NoForesight: a constant minReplicas would serve as well; nothing is foreseen.",
	proof.DidHarm:     "DidHarm: as floors would have been set day by day, they served worse than the HPA alone.",
}

func (o *replayFlags) table(r *replayed, out io.Writer) error {
	head := []string{"POLICY", "SHORT", "OF ALL", "LONGEST", "SHORT LOAD", "POD-HOURS", "MORE", "UTILIZATION", "MAX PODS", "CHANGES", "FLOOR CHANGES"}
	if o.price > 0 {
		head = append(head, "COST")
	}
	alone, _ := r.proof.Result(proof.PolicyHPA)
	rows := [][]string{head}
	for _, p := range o.results(r) {
		row := []string{p.Policy, fixed(p.ShortMinutes, 1) + "m", shareOf(p.ShortMinutes, p.Minutes, 3), fixed(p.LongestShort.Minutes(), 1) + "m", strconv.FormatFloat(p.ShortLoad, 'g', 4, 64),
			fixed(p.PodHours, 1), shareOf(p.PodHours-alone.PodHours, alone.PodHours, 1), shareOf(p.MeanUtilization, 1, 1),
			strconv.Itoa(int(p.MaxPods)), strconv.Itoa(p.Changes), strconv.Itoa(p.FloorChanges)}
		if o.price > 0 {
			row = append(row, fixed(o.price*p.PodHours, 2))
		}
		rows = append(rows, row)
	}
	if err := printColumns(out, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\n%s", verdicts[r.proof.Verdict], o.story(r))
	return err
}

// story tells what the verdict rests on, and what was assumed.
func (o *replayFlags) story(r *replayed) string {
	p, c := r.proof, &r.c
	found := "is as given"
	switch {
	case o.quantile > 0:
	case p.Proven():
		found = "serves best on the last 28 days"
	default:
		found = "is the default, as none serves"
	}
	known := "all of it known"
	if n := int(p.To.Sub(p.From) / r.load.Step); n > 0 {
		i := r.load.Index(p.From)
		if missing := n - knownOf(r.load.Values[max(0, i):]); missing > 0 {
			known = fmt.Sprintf("%d of %d samples missing and not counted", missing, n)
		}
	}
	return fmt.Sprintf("On up to 28 days, those before the scored part included: %s; the quantile of %s %s.\n", p.Detail, plain(p.Quantile), found) +
		fmt.Sprintf("%s, scored from %s to %s, %s. The HPA aims at %s of the %s that a pod carries, baseline %d, ceiling %d; pods start in %s, floors are raised %s early.\n",
			r.name, stamp(p.From, r.zone), stamp(p.To, r.zone), known, &o.target, plain(o.capacity), o.baseline, o.ceiling, o.start, c.Policy.LeadTime) +
		"SHORT is the time with fewer ready pods than the load needs; SHORT LOAD what was beyond them, times minutes; MORE is relative to the HPA alone.\n"
}

func knownOf(xs []float64) (n int) {
	for _, x := range xs {
		if x == x {
			n++
		}
	}
	return n
}

func fixed(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }

// shareOf is x of y in percent; a dash if y is 0.
func shareOf(x, y float64, digits int) string {
	if y == 0 {
		return "–"
	}
	return fixed(100*x/y, digits) + "%"
}

// drawn are the policies that a plot shows.
func (o *replayFlags) drawn() []string {
	return slices.DeleteFunc([]string{proof.PolicyHPA, proof.PolicyHighwater}, func(name string) bool { return !slices.Contains(o.policies, name) })
}
