package explain

import "fmt"

// scheduled tells what a schedule asks for, and what an upper bound leaves of it.
func (f *Floor) scheduled() string {
	s := &f.Least
	text := fmt.Sprintf("%s asks for %d until %s", s.Name, s.Min, f.clock(s.To))
	if s.From.After(f.Now) {
		text = fmt.Sprintf("%s asks for %d from %s on", s.Name, s.Min, f.clock(s.From))
	}
	if s.Min > f.Low {
		text += fmt.Sprintf(", of which %s allows %d", f.HighName, f.Low)
	}
	return text
}

// allowed tells what a schedule allows, and what goes before it.
func (f *Floor) allowed() string {
	s := &f.Most
	text := fmt.Sprintf("%s allows no more than %d until %s", s.Name, s.Max, f.clock(s.To))
	switch {
	case s.Max >= f.High:
	case f.Least.Name != "" && f.Low == f.High:
		text += fmt.Sprintf(", but %s asks for %d", f.Least.Name, f.Least.Min)
	default:
		text += fmt.Sprintf(", but no floor is below the baseline of %d", f.Baseline)
	}
	return text
}

// bounds says what s bounds floors to.
func (s *Schedule) bounds() string {
	switch {
	case s.Max == 0:
		return fmt.Sprintf("at least %s", Pods(s.Min))
	case s.Min == 0:
		return fmt.Sprintf("floors of at most %s", Pods(s.Max))
	}
	return fmt.Sprintf("%d to %s", s.Min, Pods(s.Max))
}
