// Package report writes the advice for an HPA: as JSON for programs, or as text
// for a terminal.
package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/price"
)

// A Document is advice with what it is for. Its JSON has the names of the tags.
type Document struct {
	Workload string          `json:"workload"`
	Price    *price.Price    `json:"price,omitempty"` // of a pod-hour; not there if there is none
	From     time.Time       `json:"from"`            // what was counted
	To       time.Time       `json:"to"`
	Now      advice.Week     `json:"now"`
	Floors   *advice.Week    `json:"floors"` // under Highwater's floors; null if they are not proven
	Verdict  string          `json:"verdict"`
	Detail   string          `json:"detail"`
	Advice   []advice.Advice `json:"advice"`
	Notes    []string        `json:"notes"`
}

// New makes the document of what was found about a workload. The notes are those
// on its reading; a price that is known makes costs.
func New(workload string, notes []string, p price.Price, r *advice.Report) *Document {
	d := &Document{
		Workload: workload, From: r.From.UTC(), To: r.To.UTC(), Now: r.Now, Floors: r.Floors, Verdict: string(r.Proof.Verdict), Detail: r.Proof.Detail,
		Advice: append([]advice.Advice{}, r.Advice...), Notes: append(append([]string{}, notes...), r.Notes...),
	}
	if p.Known() {
		d.Price = &p
		for i := range d.Advice {
			d.Advice[i].Cost = new(p.PodHour * d.Advice[i].PodHours)
		}
	}
	return d
}

// JSON writes the document as it is.
func (d *Document) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(d)
}
