package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast/backtest"
	"github.com/highwater-dev/highwater/internal/table"
)

// high is the quantile that the table shows: .95, or the highest below it, or
// the lowest of all.
func (r *Report) high() float64 {
	best := r.Protocol.Taus[0]
	for _, tau := range r.Protocol.Taus {
		if tau <= 0.95 {
			best = tau
		}
	}
	return best
}

func (r *Report) table(w io.Writer, sum backtest.Summary) error {
	tau := r.high()
	at := strings.TrimPrefix(plain(tau), "0")
	k := index(sum.Taus, tau)
	rows := [][]string{{"SERIES", "ORIGINS", "≤30m", "≤3h", "≤" + model.Duration(r.Protocol.Horizon).String(), "COVER " + at, "PEAK " + at, "MASE", "FIT"}}
	total := 0
	var took []time.Duration
	for i := range r.Series {
		t := &r.Series[i]
		if t.Err != nil {
			continue
		}
		s := &t.Score
		total += s.Origins
		took = append(took, t.Took)
		rows = append(rows, []string{t.Task.Name, strconv.Itoa(s.Origins), cellOf(s.Ratio(&t.Base, backtest.Near)), cellOf(s.Ratio(&t.Base, backtest.Mid)),
			cellOf(s.Ratio(&t.Base, backtest.Far)), cellOf(s.Coverage(tau)), cellOf(s.PeakCoverage(tau)), cellOf(s.MASE()), millis(t.Took)})
	}
	if sum.Series > 1 {
		rows = append(rows, []string{fmt.Sprintf("all %d", sum.Series), strconv.Itoa(total), cellOf(sum.Ratio[backtest.Near]), cellOf(sum.Ratio[backtest.Mid]),
			cellOf(sum.Ratio[backtest.Far]), cellOf(sum.Coverage[k]), cellOf(sum.PeakCoverage[k]), cellOf(sum.MASE), millis(Median(took))})
	}
	if err := table.Write(w, rows); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nLoss at quantiles %s by horizon, relative to yesterday's value: below 1 is better. COVER is the share of loads below\n"+
		"the %s quantile, PEAK that of largest loads within %s, FIT the median time of a fit with its forecast.\n",
		joinTaus(sum.Taus), plain(tau), model.Duration(r.Protocol.Window))
	if sum.Series > 1 {
		fmt.Fprintf(w, "The last row has geometric means, and shares of all targets. The least COVER is %s, of %s.\n", cellOf(sum.Worst[k]), sum.WorstSeries[k])
	}
	for i := range r.Series {
		if t := &r.Series[i]; len(t.Failed) > 0 {
			f := t.Failed
			fmt.Fprintf(w, "%s: no forecast at %d of %d origins, the first at %s: %s\n", t.Task.Name, len(f), len(t.Task.Origins),
				f[0].Origin.UTC().Format(time.RFC3339), f[0].Err.Detail)
		}
	}
	return nil
}

func millis(d time.Duration) string { return strconv.FormatFloat(d.Seconds()*1e3, 'f', 1, 64) + "ms" }

// cellOf is a number of the table; a dash if it is not known.
func cellOf(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}

func index(taus []float64, tau float64) int {
	for i, t := range taus {
		if t == tau {
			return i
		}
	}
	return -1
}
