package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// judgeFlat checks what is said of a workload that is not forecast.
func judgeFlat(f fleet, line string, seen map[string]int) (faults []string) {
	key, text, _ := strings.Cut(line, ": ")
	w, own := planOf(f, key)
	if w == nil {
		return []string{"no workload " + key}
	}
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf("%q: ", line)+fmt.Sprintf(format, args...))
		}
	}
	load := own.Loads[0]
	switch reason, _, _ := strings.Cut(text, ": "); reason {
	case "NoData":
		wrong(len(load.Values) > 0 && load.Start.Before(f.report.From), "it has %d samples from %s", len(load.Values), load.Start)
	case "TooShort":
		wrong(len(load.Values) > int(24*time.Hour/load.Step), "it has %d samples each %s", len(load.Values), load.Step)
	case "Stale":
		age := f.report.From.Sub(load.End().Add(load.Step))
		wrong(age <= 7*24*time.Hour, "it ended %s before", age)
	default:
		wrong(true, "nobody checks the reason %s", reason)
	}
	row := w.Rows[0]
	for _, x := range w.Rows {
		wrong(x.Pods != row.Pods || x.Need != row.Need, "it is not flat: %+v and %+v", row, x)
	}
	switch {
	case strings.HasSuffix(text, "; it is planned flat at what it used last"):
		seen["flat at the load"]++
		factor := 1.0
		for _, s := range f.options.WhatIf.Load {
			factor *= s.Factor
		}
		until := load
		if end := f.report.From.Add(-1); until.End().After(end) {
			until = until.Between(until.Start, end)
		}
		sum, n := 0.0, 0.0
		for i := len(until.Values) - 1; i >= 0 && until.End().Sub(until.Time(i)) < time.Hour; i-- {
			sum, n = sum+until.Values[i], n+1
		}
		wrong(math.Abs(float64(row.Load)-factor*sum/n) > 1e-9*sum, "it used %g last, and %g is planned", sum/n, float64(row.Load))
	case strings.HasSuffix(text, fmt.Sprintf("; it is planned flat at its ceiling, since it has %d pods", own.Replicas)):
		seen["flat at its ceiling"]++
		wrong(own.Replicas <= w.Ceiling || row.Pods != float64(w.Ceiling), "%g are planned, its ceiling is %d", row.Pods, w.Ceiling)
	case regexp.MustCompile(`; it is planned flat at the \d+ pods that it has$`).MatchString(text):
		seen["flat at its pods"]++
		n, _ := strconv.Atoi(regexp.MustCompile(`\d+ pods that`).FindString(text)[:1])
		wrong(own.Replicas != int32(n) || row.Pods != float64(n), "it has %d, and %g are planned", own.Replicas, row.Pods)
	case strings.HasSuffix(text, "; it is planned flat at its baseline"):
		seen["flat at its baseline"]++
		wrong(row.Pods != float64(w.Baseline), "%g are planned, its baseline is %d", row.Pods, w.Baseline)
	default:
		wrong(true, "it does not say what was planned instead")
	}
	return faults
}

var oldLoad = regexp.MustCompile(`^load 1 was last known (.+) before the plan begins; the forecast is that much less sure$`)

func judgeProblem(f fleet, line string, seen map[string]int) []string {
	key, text, _ := strings.Cut(line, ": ")
	w, own := planOf(f, key)
	if w == nil {
		return []string{"no workload " + key}
	}
	m := oldLoad.FindStringSubmatch(text)
	if m == nil {
		return []string{"nobody checks " + line}
	}
	seen["old"]++
	age := f.report.From.Sub(own.Loads[0].End().Add(own.Loads[0].Step))
	said, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m").Replace(m[1]))
	if days, ok := strings.CutSuffix(m[1], " days"); ok {
		n, e := strconv.ParseFloat(days, 64)
		said, err = time.Duration(n*24*float64(time.Hour)), e
	}
	if err != nil || (said-age).Abs() > 73*time.Minute { // a tenth of a day, rounded
		return []string{fmt.Sprintf("%q: it ended %s before (%v)", line, age, err)}
	}
	return nil
}

var counted = regexp.MustCompile(`(\d+) of (\d+) workloads?`)

// noteHolds counts again what a note counts.
func noteHolds(r *planning.Report, sampled bool, line string) bool {
	flat, unsampled, unknown := 0, 0, 0
	for _, w := range r.Workloads {
		if w.Forecast != nil {
			flat++
		} else if w.Sampled == 0 {
			unsampled++
		}
		if w.PodCPU == 0 || w.PodMemory == 0 {
			unknown++
		}
	}
	n, of := -1, 0
	if m := counted.FindStringSubmatch(line); m != nil {
		n, _ = strconv.Atoi(m[1])
		of, _ = strconv.Atoi(m[2])
	}
	switch {
	case n >= 0 && of != len(r.Workloads):
		return false
	case strings.Contains(line, "cannot be forecast"):
		return n == flat && (n == 1) == strings.Contains(line, " is planned")
	case strings.Contains(line, "too little history to sample"):
		return n == unsampled && sampled
	case strings.Contains(line, "no paths were sampled"):
		return !sampled
	case strings.Contains(line, "it is not known what CPU or memory"):
		return n == unknown
	case strings.Contains(line, "as if all loads were high at once"):
		return len(r.Workloads) > 1 && strings.Contains(line, "sums at the 95 % quantile")
	case strings.Contains(line, "loads are means of"):
		return r.To.Sub(r.From) > 3*24*time.Hour
	}
	return false
}
