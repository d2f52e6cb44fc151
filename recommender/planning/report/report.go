// Package report writes a plan of capacity: as JSON or CSV for programs, as a
// table for a terminal, or as a page that needs nothing but itself.
package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// JSON writes the report as it is; planning.Report says what its fields are.
func JSON(w io.Writer, r *planning.Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// CSV writes a row for each workload and step. The loads' columns are named
// after the quantiles; a load that is not known is empty. CPU is in cores, memory
// in bytes, and both are what the pods of the middle quantile request.
func CSV(w io.Writer, r *planning.Report) error {
	c := csv.NewWriter(w)
	mid, high := "p"+digits(100*r.Quantiles[0]), "p"+digits(100*r.Quantiles[1])
	row := []string{"workload", "time", "load_" + mid, "load_" + high, "pods_" + mid, "pods_" + high, "floor", "pods_hpa_alone",
		"cpu", "memory", "cost", "gap", "short_minutes", "short_minutes_hpa_alone"}
	if err := c.Write(row); err != nil {
		return err
	}
	for i := range r.Workloads {
		p := &r.Workloads[i]
		for _, x := range p.Rows {
			row = append(row[:0], p.Key(), x.Time.Format(time.RFC3339), number(x.Load), number(x.LoadHigh))
			for _, v := range []float64{x.Pods, x.PodsHigh, x.Floor, x.Alone, x.CPU, x.Memory, x.Cost, x.Gap, x.Short, x.ShortAlone} {
				row = append(row, digits(v))
			}
			if err := c.Write(row); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// number writes a load; nothing if it is not known.
func number(n planning.Number) string {
	if !n.Known() {
		return ""
	}
	return digits(float64(n))
}

// digits writes a number with the digits that can matter.
func digits(x float64) string { return strconv.FormatFloat(x, 'g', 7, 64) }

// Options say how a report is shown to people.
type Options struct {
	Title string         // "Capacity plan" if empty
	Zone  *time.Location // of the times; UTC if nil
	Made  time.Time      // when it was made; not shown if zero
	Top   int            // rows of the tables of peaks and gaps; 10 if zero
}

func (o Options) withDefaults() Options {
	if o.Title == "" {
		o.Title = "Capacity plan"
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Top == 0 {
		o.Top = 10
	}
	return o
}
