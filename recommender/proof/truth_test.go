package proof

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// The pieces that details are made of.
const (
	shortFor = `(\S+) of (\d+) minutes`
	atPods   = `at (.+? pod-hours)`
)

// details are the sentences of each verdict, with what they claim in groups.
var details = map[Verdict]*regexp.Regexp{
	Proven:      regexp.MustCompile(`^over (.+?) floors at (p\S+) throughout would have been short for ` + shortFor + ` instead of (\S+), ` + atPods + `(?:; (chosen day by day.*))?$`),
	NotNeeded:   regexp.MustCompile(`^over (.+?) the HPA alone was short for ` + shortFor + `(?:, within the budget of (.+))?$`),
	NoGain:      regexp.MustCompile(`^over (.+?) the HPA alone was short for ` + shortFor + `; the best floors would have left ` + shortFor + `, ` + atPods + `$`),
	NaiveWins:   regexp.MustCompile(`^over (.+?) yesterday's load as the forecast would have served better: short for ` + shortFor + ` ` + atPods + `, against ` + shortFor + ` ` + atPods + `$`),
	NoForesight: regexp.MustCompile(`^over (.+?) (a constant minReplicas of \d+) would have served as well: short for ` + shortFor + ` ` + atPods + `, against ` + shortFor + ` ` + atPods + `$`),
	DidHarm:     regexp.MustCompile(`^(chosen day by day.*)$`),
}

var dayByDay = regexp.MustCompile(`^chosen day by day, floors were short for ` + shortFor + ` since (.+? UTC) instead of (\S+), ` + atPods + `$`)

// hold takes the detail of a proof apart and holds it to what was played.
func hold(t *testing.T, x *Tournament, r recommender.Risk, p *Proof) {
	t.Helper()
	for _, fault := range judge(x, r, p) {
		t.Errorf("%s: %s\n\t%s", p.Verdict, fault, p.Detail)
	}
}

func judge(x *Tournament, r recommender.Risk, p *Proof) (faults []string) {
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	m := details[p.Verdict].FindStringSubmatch(p.Detail)
	if m == nil {
		if p.Detail == "nothing was replayed" {
			return nil
		}
		return []string{"it has other words"}
	}
	hi := x.stage.days()
	lo := max(0, hi-lookBack)
	base := x.policies.hpa.over(lo, hi)
	sc := x.policies.weigh(r, lo, hi)
	best, _ := cheapest(x.policies.ladder, sc, lo, hi)
	own := x.policies.ladder[best].over(lo, hi)
	if p.Verdict != DidHarm {
		days, _ := strconv.ParseFloat(strings.Fields(m[1])[0], 64)
		wrong(math.Abs(days-base.minutes/1440) > 0.006*days, "it is %g days", base.minutes/1440)
	}
	short := func(what string, t totals, short, of, pods string) {
		wrong(short != explain.Digits(t.short) || of != fmt.Sprintf("%.0f", t.minutes) || pods != "" && pods != more(t, base), "%s come to %+v, the HPA alone to %+v", what, t, base)
	}
	switch p.Verdict {
	case Proven:
		short("the floors", own, m[3], m[4], m[6])
		wrong(m[2] != explain.Quantile(x.policies.ladder[best].quantile) || p.Quantile != x.policies.ladder[best].quantile, "it is %g", p.Quantile)
		wrong(m[5] != explain.Digits(base.short) || own.short > base.short, "the HPA alone was short for %g", base.short)
		if m[7] != "" {
			faults = append(faults, asChosen(p, m[7])...)
		}
	case NotNeeded:
		short("the HPA", base, m[2], m[3], "")
		wrong((m[4] != "") != (r.Budget > 0) || m[4] != "" && (m[4] != explain.Percent(r.Budget) || base.short > (r.Budget+least)*base.minutes), "the budget is %g", r.Budget)
	case NoGain:
		short("the HPA", base, m[2], m[3], "")
		short("the floors", own, m[4], m[5], m[6])
	case NaiveWins:
		i, _ := cheapest(x.policies.naive, sc, lo, hi)
		short("naive floors", x.policies.naive[i].over(lo, hi), m[2], m[3], m[4])
		short("the floors", own, m[5], m[6], m[7])
		wrong(sc.cost(x.policies.naive[i].over(lo, hi)) >= sc.cost(own), "it serves no better")
	case NoForesight:
		i, _ := cheapest(x.policies.constants, sc, lo, hi)
		wrong(m[2] != x.policies.constants[i].name, "it is %s", x.policies.constants[i].name)
		short("the constant", x.policies.constants[i].over(lo, hi), m[3], m[4], m[5])
		short("the floors", own, m[6], m[7], m[8])
	case DidHarm:
		faults = append(faults, asChosen(p, m[1])...)
	}
	return faults
}

// asChosen holds what is said of floors as they would have been chosen to the results.
func asChosen(p *Proof, text string) (faults []string) {
	m := dayByDay.FindStringSubmatch(text)
	if m == nil {
		return []string{"it has other words"}
	}
	own, _ := p.Result(PolicyHighwater)
	alone, _ := p.Result(PolicyHPA)
	was, is := totalsOf(alone.Outcome), totalsOf(own.Outcome)
	if m[1] != explain.Digits(is.short) || m[2] != fmt.Sprintf("%.0f", is.minutes) || m[4] != explain.Digits(was.short) || m[5] != more(is, was) {
		faults = append(faults, fmt.Sprintf("it came to %+v, and the HPA alone to %+v", is, was))
	}
	if m[3] != p.From.UTC().Format("2 Jan 15:04 UTC") {
		faults = append(faults, "it counts from "+p.From.String())
	}
	return faults
}
