// Package report prints what came of a replay: as a table for people, with what
// the verdict means and which days it rests on, and as JSON.
package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// A Replay is a proof with what it was made from.
type Replay struct {
	Name     string         // of the load
	Zone     *time.Location // of times; UTC if nil
	Case     *proof.Case    // with one load
	Proof    *proof.Proof
	Policies []string    // to print, in this order
	Price    price.Price // of a pod for an hour; no costs are printed if there is none
}

// results are those of the policies to print.
func (r *Replay) results() []proof.Result {
	var list []proof.Result
	for _, name := range r.Policies {
		if result, ok := r.Proof.Result(name); ok {
			list = append(list, result)
		}
	}
	return list
}

// A Policy is what one policy came to: one object of the array that is the JSON.
type Policy struct {
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

	Cost     *float64 `json:"cost,omitempty"`     // with a price
	Currency string   `json:"currency,omitempty"` // of the cost, if it is known
	Verdict  string   `json:"verdict,omitempty"`  // of the proof, for highwater
	Detail   string   `json:"detail,omitempty"`   // the verdict in words
	Quantile float64  `json:"quantile,omitempty"` // that serves best now
}

// JSON writes the policies as an array.
func (r *Replay) JSON(w io.Writer) error {
	list := []Policy{}
	for _, p := range r.results() {
		x := Policy{Policy: p.Policy, Minutes: p.Minutes, ShortMinutes: p.ShortMinutes, ShortLoad: p.ShortLoad, PodHours: p.PodHours,
			MeanUtilization: p.MeanUtilization, Changes: p.Changes, FloorChanges: p.FloorChanges, MaxPods: p.MaxPods, LongestShortMinutes: p.LongestShort.Minutes()}
		if r.Price.Known() {
			x.Cost, x.Currency = new(r.Price.PodHour*p.PodHours), r.Price.Currency
		}
		if p.Policy == proof.PolicyHighwater {
			x.Verdict, x.Detail, x.Quantile = string(r.Proof.Verdict), r.Proof.Detail, r.Proof.Quantile
		}
		list = append(list, x)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(list)
}
