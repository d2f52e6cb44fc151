package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// three writes x to three digits, and whole from 100 on.
func three(x float64) string {
	if a := math.Abs(x); a >= 100 || a < 5e-4 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	unit := math.Pow10(2 - int(math.Floor(math.Log10(math.Abs(x))))) // ties away from zero, as elsewhere
	return strconv.FormatFloat(math.Round(x*unit)/unit, 'g', 4, 64)
}

func percentOf(share *float64) string {
	if share == nil {
		return "an unknown share"
	}
	return explain.Share(*share)
}

// age writes a length of time by its two largest units.
func age(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	if d >= time.Hour {
		d = d.Round(time.Minute)
	}
	var parts []string
	for _, u := range []struct {
		size time.Duration
		mark string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.mark))
			d -= n * u.size
		} else if len(parts) > 0 {
			break
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts[:min(2, len(parts))], " ")
}

// goAge writes a duration of the API likewise.
func goAge(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	return age(d)
}

// ahead says in how long something is due.
func ahead(d time.Duration) string {
	if d < time.Minute {
		return "now"
	}
	return "in " + age(d.Round(time.Minute))
}

// flaws counts what was found in a history.
func flaws(q api.Quality) string {
	var found []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{q.Gaps, "gaps"}, {q.Missing, "missing"}, {q.Duplicates, "given twice"}, {q.Unordered, "out of order"},
		{q.NonFinite, "no number"}, {q.Negative, "negative"},
	} {
		if c.n > 0 {
			found = append(found, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if len(found) == 0 {
		return fmt.Sprintf("%d points without flaws", q.Points)
	}
	return fmt.Sprintf("%d points, %s", q.Points, strings.Join(found, ", "))
}

// nextSteps says what somebody could do about the workload, the most urgent
// first.
func nextSteps(w *api.Detail) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, p := range w.Problems {
		add("mend %s: %s", p.Field, p.Message)
	}
	if w.NoForecast != nil && len(w.Problems) == 0 {
		add("%s", remedyOf(w.NoForecast))
	}
	for _, x := range w.Warnings {
		if x.Code == "CeilingTooLow" {
			add("raise maxReplicas (%d): %s", w.Ceiling, x.Message)
		}
	}
	for _, s := range w.Signals {
		if s.Assumed != "" {
			remedy := "set spec.load.perPod of a FloorPolicy to what it does carry"
			if _, own, ok := strings.Cut(s.Assumed, "; "); ok {
				remedy = own
			}
			add("%s: what a pod carries is assumed", remedy)
		}
	}
	if step := proofStep(w); step != "" && w.NoForecast == nil {
		add("%s", step)
	}
	if w.Suspended {
		add("take spec.suspend out of the policy once the reason for it is gone")
	}
	if len(list) == 0 {
		add("nothing: it runs as it should")
	}
	return list
}

// remedyOf says what helps against having no forecast.
func remedyOf(n *api.NoForecast) string {
	switch n.Reason {
	case "TooShort", "NotYetFitted":
		return "wait for more history: " + n.Detail
	case "NoCapacity":
		return "say what a pod carries, by spec.load.perPod of a FloorPolicy or a target of the autoscaler: " + n.Detail
	case "QueryFailed":
		return "see that Prometheus answers the query: " + n.Detail
	case "NoData", "Stale", "TooManyGaps":
		return "see that Prometheus has the metric, without long gaps: " + n.Detail
	}
	return "see to it that there is a load to read: " + n.Detail
}

// proofStep says what the proof asks for.
func proofStep(w *api.Detail) string {
	p := &w.Proof
	switch {
	case p.Holds && w.Mode == "Observe" && p.ShortMinutesSaved != nil:
		return fmt.Sprintf("set mode: Enforce in a FloorPolicy; it would save %s short minutes a week", three(*p.ShortMinutesSaved))
	case p.Holds && w.Mode == "Observe":
		return "set mode: Enforce in a FloorPolicy; the proof holds"
	case p.Withdrawn != "":
		return "wait for the next proof; the last was withdrawn: " + p.Withdrawn
	case p.Verdict == nil && p.Pending != "":
		return "wait for the proof: " + p.Pending
	case p.Verdict == nil:
		return ""
	case *p.Verdict == "NoForesight":
		return "raise the autoscaler's own minReplicas: a constant one would serve as well as forecasts"
	case *p.Verdict == "NotNeeded":
		return "nothing for the peaks: the autoscaler keeps up by itself"
	}
	return ""
}
