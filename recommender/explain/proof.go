package explain

import (
	"cmp"
	"fmt"
	"time"
)

// A Proof is what a replay of a workload's own past came to.
type Proof struct {
	Verdict   string    // empty if there is none yet
	Pending   string    // why there is none yet
	Withdrawn string    // why it holds no more; empty if it holds
	Detail    string    // the numbers that the verdict rests on
	From, To  time.Time // outcomes of the results count
	Since     time.Time // the verdict and the detail rest on the time from then to To
	MadeAt    time.Time
	Results   []Played
}

// A Played is what one way to set floors came to.
type Played struct {
	Policy                          string
	Minutes, ShortMinutes, PodHours float64
	Changes                         int
}

// The verdicts that a sentence depends on, and the policies that it compares.
const (
	proven    = "Proven"
	didHarm   = "DidHarm"
	hpa       = "hpa"
	highwater = "highwater"
)

// verdicts are what each verdict means: in a few words, and in a sentence.
var verdicts = map[string]struct{ short, long string }{
	proven:        {"proven", "floors serve better than the HPA alone, and no worse than floors from yesterday's load"},
	"NotNeeded":   {"not needed: the HPA alone serves this load", "the HPA alone is hardly ever short, or keeps to the budget"},
	"NoGain":      {"no gain: floors would cost more than the short minutes that they avoid", "floors would cost more than the short minutes that they avoid"},
	"NaiveWins":   {"refused: yesterday's load as the forecast would serve better", "floors from yesterday's load would serve clearly better"},
	"NoForesight": {"refused: a constant minReplicas would serve as well", "a constant minReplicas would serve as well; nothing is foreseen"},
	didHarm:       {"refused: floors would have done harm", "as floors would have been set day by day, they served worse than the HPA alone"},
}

// Verdict says in a sentence what a verdict means: "NoGain: floors would …".
func Verdict(name string) string {
	if v, ok := verdicts[name]; ok {
		return name + ": " + v.long
	}
	return name
}

// policies are the ways to set floors as they are shown.
var policies = map[string]string{
	hpa: "HPA alone", highwater: "Highwater", "naive": "yesterday's load", "constant": "best constant", "oracle": "perfect foresight",
}

const date = "2 Jan 15:04"

// Holds reports whether floors may be set: it is proven and was not withdrawn.
func (p *Proof) Holds() bool { return p.Verdict == proven && p.Withdrawn == "" }

// compared returns what the HPA alone and Highwater came to.
func (p *Proof) compared() (alone, own Played, ok bool) {
	for _, r := range p.Results {
		switch r.Policy {
		case hpa:
			alone = r
		case highwater:
			own = r
		}
	}
	return alone, own, alone.Minutes > 0 && own.Minutes > 0
}

// Saved returns the short minutes a week that floors would have avoided over the
// days that count.
func (p *Proof) Saved() (minutes float64, ok bool) {
	const week = 7 * 24 * time.Hour
	alone, own, ok := p.compared()
	if !ok {
		return 0, false
	}
	return (alone.ShortMinutes/alone.Minutes - own.ShortMinutes/own.Minutes) * week.Minutes(), true
}

// Message tells the proof in a sentence.
func (p *Proof) Message() string {
	switch {
	case p.Verdict == "" && p.Pending != "":
		return "no proof yet: " + p.Pending
	case p.Verdict == "":
		return "no proof yet"
	case p.Withdrawn != "":
		return "withdrawn: " + p.Withdrawn
	}
	said := cmp.Or(verdicts[p.Verdict].short, p.Verdict)
	if numbers := p.outcome(); numbers != "" {
		said += "; " + numbers
	}
	return said
}

// outcome says what floors would have done over the days that count.
func (p *Proof) outcome() string {
	alone, own, ok := p.compared()
	if !ok || alone.PodHours == 0 {
		return ""
	}
	over := fmt.Sprintf("over %s days", days(p.From, p.To))
	if p.Verdict != proven {
		return fmt.Sprintf("%s it was short for %s of %.0f minutes", over, MinutesCell(alone.ShortMinutes), alone.Minutes)
	}
	if own.ShortMinutes >= alone.ShortMinutes { // too few days came before those that count
		return p.Detail
	}
	return fmt.Sprintf("%s floors would have left it short for %s instead of %s, at %s",
		over, Minutes(own.ShortMinutes), Minutes(alone.ShortMinutes), Change(alone.PodHours, own.PodHours, "pod-hours"))
}

// days counts the days between two times.
func days(from, to time.Time) string { return Digits(to.Sub(from).Hours() / 24) }

func (s *Story) proof() Section {
	p, out := &s.Proof, Section{Title: "The proof, on its own past"}
	out.line("%s", p.Message())
	if len(p.Results) > 0 {
		out.row("floors by", "short minutes", "pod-hours", "changes")
	}
	alone, _, _ := p.compared()
	for _, r := range p.Results {
		cost := fmt.Sprintf("%.0f", r.PodHours)
		if r.Policy != hpa && alone.PodHours > 0 {
			cost = fmt.Sprintf("%+.1f %%", 100*(r.PodHours/alone.PodHours-1))
		}
		out.row(cmp.Or(policies[r.Policy], r.Policy), MinutesCell(r.ShortMinutes), cost, fmt.Sprint(r.Changes))
	}
	if p.Verdict != "" && !p.MadeAt.IsZero() {
		out.line("outcomes count from %s to %s; made at %s", p.From.UTC().Format(date), p.To.UTC().Format(date), s.at(p.MadeAt))
		out.line("the verdict rests on all from %s to %s: %s", p.Since.UTC().Format(date), p.To.UTC().Format(date), p.Detail)
	}
	return out
}
