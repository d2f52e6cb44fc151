package advice

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// The sentences of each kind, with what they claim in groups. What comes after is an outcome, which all have.
var sentences = map[Kind]*regexp.Regexp{
	CeilingHit:          regexp.MustCompile(`^The HPA stands at its ceiling of (\d+) for (.+) a week while its metrics ask for more; (\d+) pods would have been enough, and (\d+) leaves a tenth in reserve: `),
	BaselineNeverNeeded: regexp.MustCompile(`^The baseline of (\d+) was never needed: with (\d+) `),
	BaselineTooLow:      regexp.MustCompile(`^Floors from a forecast serve this load no better than a constant minReplicas; of those that were tried (\d+) serves best: `),
	Flapping:            regexp.MustCompile(`^(\S+) times a week pods go and come back within 15 minutes, (\S+) pods in all; with this (\S+) times: `),
	StartTooSlow:        regexp.MustCompile(`^From creation to Ready a pod takes (\S+), and (all|\S+ %) of the short minutes( under Highwater's floors)? come of that; with (\S+) `),
	TargetTooHigh:       regexp.MustCompile(`^(?:The HPA alone|Under Highwater's floors the HPA) fills pods too far, to (\S+) % of what they carry; with (\S+) % `),
	TargetTooLow:        regexp.MustCompile(`^(?:The HPA alone|Under Highwater's floors the HPA) may fill pods to (\S+) % of what they carry instead of (\S+) %: `),
	RequestsMeaningless: regexp.MustCompile(`^A pod (?:uses (\S+) % of its request or (more|less) 95 % of the time.*?|carries (\S+) and requests (\S+), so .*?)\. With a request of (\S+) `),
}

var (
	outcomes  = regexp.MustCompile(`that takes (\S+) pod-hours a week(?: instead of (\S+) \((.+?) (more|fewer)\))?, and the workload is (.+?)\.( |$)`)
	sureness  = regexp.MustCompile(`Confidence is (low|medium), since (.+)\.$`)
	aloneNow  = regexp.MustCompile(`The HPA alone takes (\S+) pod-hours a week, short (.+?) at the present target\.`)
	onlyUnder = " This holds only while floors are set, in mode Enforce."
)

// hold takes each sentence of a report apart and holds it to replays of the HPA as the advice writes it.
func hold(t *testing.T, in Input, r *Report) {
	t.Helper()
	in.Proof = r.Proof
	s, err := newStudy(in, func(float64) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Advice {
		for _, fault := range judge(s, a) {
			t.Errorf("%s: %s\n\t%s", a.Kind, fault, a.Why)
		}
	}
}

// judge returns what is false about an advice.
func judge(s *study, a Advice) (faults []string) {
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	m := sentences[a.Kind].FindStringSubmatch(a.Why)
	if m == nil {
		return []string{"it has other words"}
	}
	from := s.now
	if slices.Contains([]Kind{TargetTooHigh, TargetTooLow, StartTooSlow}, a.Kind) {
		from = s.with
	}
	l, floors, err := taken(s, a)
	if err != nil {
		return []string{err.Error()}
	}
	then, err := s.play(l, floors)
	if err != nil {
		return []string{err.Error()}
	}
	ofOtherFloors := a.WithFloors && s.floors == nil // which are proven only where pods are full
	if a.Kind == RequestsMeaningless && strings.Contains(a.Why, "uses") {
		full := l
		full.Spec.Metrics = s.Case.Loop.Spec.Metrics
		if from, err = s.play(full, floors); err != nil { // a pod carries what it was seen to use
			return []string{err.Error()}
		}
	}
	week, after := from.week(), then.week()
	o := outcomes.FindStringSubmatch(a.Why)
	if o == nil {
		return []string{"it has no outcome"}
	}
	before := o[1]
	if o[2] != "" {
		before = o[2]
		d := after.PodHours/week.PodHours - 1
		wrong(!ofOtherFloors && (o[1] != num(after.PodHours) || o[3] != percent(math.Abs(d)) || (o[4] == "more") != (d > 0)), "it takes %g, %g of before", after.PodHours, d)
	}
	wrong(before != num(week.PodHours), "it took %g before", week.PodHours)
	if !ofOtherFloors {
		wrong(!shortAs(o[5], week.ShortMinutes, after.ShortMinutes), "it is short %g and then %g", week.ShortMinutes, after.ShortMinutes)
		wrong(math.Abs(a.PodHours-(after.PodHours-week.PodHours)) > 1e-6*week.PodHours || math.Abs(a.ShortMinutes-(after.ShortMinutes-week.ShortMinutes)) > 1e-6, "the changes are %g and %g", a.PodHours, a.ShortMinutes)
	}
	if c := sureness.FindStringSubmatch(a.Why); (c == nil) != (a.Confidence == High) || c != nil && c[1] != a.Confidence {
		wrong(true, "its confidence is %s", a.Confidence)
	} else if c != nil {
		wrong(!doubted(s, a, from, then, c[2]), "the doubt is another")
	}
	if n := aloneNow.FindStringSubmatch(a.Why); n != nil {
		wrong(n[1] != num(s.hpa.week().PodHours) || n[2] != minutesAWeek(s.hpa.week().ShortMinutes), "the HPA alone takes %s", s.hpa.week())
	}
	wrong(strings.Contains(a.Why, onlyUnder) && (!a.WithFloors || s.enforced()), "floors are set, or not needed")
	return append(faults, ofKind(s, a, m, from, then)...)
}

// ofKind checks what only the sentences of one kind claim.
func ofKind(s *study, a Advice, m []string, from, then *replay) (faults []string) {
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	l := s.Case.Loop
	short := func(edit func(*simulate.Loop)) float64 {
		l := l
		edit(&l)
		w, err := s.play(l, s.floorsNow())
		wrong(err != nil, "%v", err)
		return w.total.short
	}
	switch a.Kind {
	case CeilingHit:
		enough, better := int32(number(m[3])), int32(number(m[4]))
		least := short(func(l *simulate.Loop) { l.Spec.Max = s.ample() })
		wrong(number(m[1]) != float64(l.Spec.Max) || m[4] != a.Better, "the ceiling is %d, %s is better", l.Spec.Max, a.Better)
		wrong(m[2] != spell(perWeek(from.capped, from.total.minutes)), "it is there for %g minutes", from.capped)
		wrong(short(func(l *simulate.Loop) { l.Spec.Max = enough }) > least, "%d are not enough", enough)
		wrong(enough-1 > l.Spec.Max && short(func(l *simulate.Loop) { l.Spec.Max = enough - 1 }) <= least, "%d are enough", enough-1)
		wrong(float64(better) < 1.1*float64(enough) || float64(better) > 1.2*float64(enough)+1, "%d is no tenth more than %d", better, enough)
	case BaselineNeverNeeded:
		wrong(number(m[1]) != float64(l.Spec.Min) || m[2] != a.Better || then.total.short > from.total.short, "it was needed: short %g, then %g", from.total.short, then.total.short)
	case BaselineTooLow:
		wrong(s.proof.Proven() || m[1] != a.Better, "floors are proven, or it is %s", a.Better)
		wrong(s.cost(then.total) >= s.cost(from.total), "it serves no better")
	case Flapping:
		wrong(m[1] != num(perWeek(float64(from.flapped), from.total.minutes)) || m[2] != num(perWeek(float64(from.pods), from.total.minutes)) ||
			m[3] != num(perWeek(float64(then.flapped), then.total.minutes)), "it flaps %d times with %d pods, then %d times", from.flapped, from.pods, then.flapped)
	case StartTooSlow:
		wrong(m[1] != a.Now || m[1] != brief(usualStart(l.Start)) || m[4] != a.Better, "it takes %s", usualStart(l.Start))
		wrong(m[2] != most(1-then.total.short/from.total.short) || (m[3] != "") != a.WithFloors, "%g of %g minutes are left", then.total.short, from.total.short)
	case TargetTooHigh, TargetTooLow:
		i := metricOf(a.Field)
		now, then := s.share(i), then.loop.Spec.Metrics[i].PerPod()/l.PerPod[i]
		if a.Kind == TargetTooLow {
			m[1], m[2] = m[2], m[1]
		}
		wrong(m[1]+" %" != percent(now) || m[2]+" %" != percent(then), "pods are full to %g, then %g", now, then)
		wrong((a.Kind == TargetTooHigh) != (then < now), "%g is the other way", then)
		wrong(strings.HasPrefix(a.Why, "Under") != a.WithFloors, "with floors: %v", a.WithFloors)
	case RequestsMeaningless:
		i := 0
		use, request := known(s.useOf(i)), l.Spec.Metrics[i].Request
		low, high := quantileOf(use, 0.05), quantileOf(use, 0.95)
		switch m[2] {
		case "more":
			wrong(m[1]+" %" != percent(low/request), "it uses %g of %g or more", low, request)
		case "less":
			wrong(m[1]+" %" != percent(high/request), "it uses %g of %g or less", high, request)
		default:
			wrong(m[3] != num(l.PerPod[i]) || m[4] != num(request), "it carries %g and requests %g", l.PerPod[i], request)
		}
		wrong(m[5] != a.Better, "%s is better", a.Better)
	}
	return faults
}

func number(text string) float64 {
	scale := 1.0
	if rest, milli := strings.CutSuffix(text, "m"); milli {
		text, scale = rest, 1e-3
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	if err != nil {
		return math.NaN()
	}
	return v * scale
}

func metricOf(field string) int {
	i, _ := strconv.Atoi(regexp.MustCompile(`\d+`).FindString(field))
	return i
}

// taken returns the loop and its floors when the field is set as the advice writes it.
func taken(s *study, a Advice) (simulate.Loop, *simulate.Floors, error) {
	l, floors := s.Case.Loop, s.floorsNow()
	l.Spec.Metrics, l.PerPod = slices.Clone(l.Spec.Metrics), slices.Clone(l.PerPod)
	v := number(a.Better)
	down := func(edit func(*simulate.Rules)) {
		var b simulate.Behavior
		if l.Spec.Behavior != nil {
			b = *l.Spec.Behavior
		}
		edit(&b.Down)
		l.Spec.Behavior = &b
	}
	switch {
	case a.Kind == CeilingHit:
		l.Spec.Max = int32(v)
	case a.Kind == BaselineNeverNeeded, a.Kind == BaselineTooLow:
		l, floors = s.withMin(int32(v))
	case a.Kind == StartTooSlow:
		d, err := time.ParseDuration(a.Better)
		l.Start, floors = quicker(l.Start, float64(d)/float64(usualStart(l.Start))), s.floors
		return l, floors, err
	case a.Kind == RequestsMeaningless:
		l.Spec.Metrics[0].Request = v
		if use := known(s.useOf(0)); strings.Contains(a.Why, "or more") {
			l.PerPod[0] = math.Max(l.PerPod[0], quantileOf(use, 0.95)/l.Spec.Metrics[0].Target)
		}
	case strings.HasSuffix(a.Field, ".averageUtilization"):
		l.Spec.Metrics[metricOf(a.Field)].Target = v / 100
		floors = s.floors
	case strings.HasSuffix(a.Field, ".averageValue"):
		l.Spec.Metrics[metricOf(a.Field)].Target = v
		floors = s.floors
	case strings.HasSuffix(a.Field, ".stabilizationWindowSeconds"):
		d := time.Duration(v) * time.Second
		down(func(r *simulate.Rules) { r.Window = &d })
	case strings.HasSuffix(a.Field, ".policies"):
		m := regexp.MustCompile(`^\[\{type: (Pods|Percent), value: (\d+), periodSeconds: (\d+)\}\]$`).FindStringSubmatch(a.Better)
		if m == nil {
			return l, nil, fmt.Errorf("%s is no list of policies", a.Better)
		}
		p := simulate.Policy{Kind: simulate.PolicyKind(m[1]), Value: int32(number(m[2])), Period: time.Duration(number(m[3])) * time.Second}
		down(func(r *simulate.Rules) { r.Policies, r.Select = []simulate.Policy{p}, "" })
	default:
		return l, nil, fmt.Errorf("nobody knows the field %s", a.Field)
	}
	return l, floors, nil
}

// shortAs checks the words on short minutes.
func shortAs(words string, was, is float64) bool {
	m := regexp.MustCompile(`^(?:never short, instead of (.+)|short (at no time|for \S+ minutes? a week)(?:, (as before)| instead of (never|\S+)))$`).FindStringSubmatch(words)
	switch {
	case m == nil:
		return false
	case m[1] != "":
		return is == 0 && m[1] == minutesAWeek(was)
	case m[3] != "":
		return m[2] == minutesAWeek(was) && num(was) == num(is)
	case m[4] == "never":
		return m[2] == minutesAWeek(is) && was == 0
	}
	return m[2] == minutesAWeek(is) && m[4] == num(was)
}

// doubted checks the clause after "since".
func doubted(s *study, a Advice, from, then *replay, why string) bool {
	days := from.total.minutes / (24 * 60)
	step := s.Case.Loads[0].Step
	switch {
	case strings.HasPrefix(why, "only "), strings.HasSuffix(why, "less than two weeks"):
		n := number(strings.Fields(strings.TrimPrefix(why, "only "))[0])
		return math.Abs(n-days) < 0.06 && days < 14 && (days < 7 || !strings.HasPrefix(why, "only"))
	case strings.HasPrefix(why, "the load is known every "):
		return strings.Contains(why, "every "+brief(step)+" only") && step > time.Minute
	case why == "one half of the time shows no gain":
		return s.worth(from.halves[0], then.halves[0]) <= 0 || s.worth(from.halves[1], then.halves[1]) <= 0 || a.WithFloors && s.floors == nil
	case strings.HasPrefix(why, "the replay had "):
		f := strings.Fields(why)
		seen, _ := mean(s.Observed.Wanted, s.since, s.to)
		return f[3] == num(60*s.now.total.podHours/s.now.total.minutes) && strings.Contains(why, "the cluster "+num(seen)+":")
	}
	return slices.Contains(s.Assumed, why)
}
