package files

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// prefixes are those of Grafana's units and of the SI. K, M, B and T are also
// what Grafana writes for a thousand up to a trillion.
var prefixes = map[string]float64{
	"n": 1e-9, "µ": 1e-6, "μ": 1e-6, "u": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
	"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50,
	"Mil": 1e6, "Bil": 1e9, "Tri": 1e12, "Quadr": 1e15,
}

// measures are the units that a prefix is written before without a space.
var measures = []string{
	"B", "b", "bit", "bits", "bytes", "B/s", "b/s", "Bps", "bps", "bit/s", "bits/s", "Hz", "W", "Wh", "V", "A", "J", "g", "c/s", "p/s",
}

// spans are units of time, in seconds.
var spans = map[string]float64{
	"ns": 1e-9, "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1, "sec": 1, "secs": 1, "seconds": 1, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
	"h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "week": 604800, "weeks": 604800,
}

// unit returns the base of a unit, and how much of it the unit is. Of a unit that
// is not known it is the unit itself. others are all units of the column.
func unit(text string, others map[string]int) (base string, factor float64) {
	if f, ok := spans[text]; ok {
		return "s", f
	}
	if f, ok := prefixes[text]; ok {
		return "", f
	}
	if head, rest, ok := strings.Cut(text, " "); ok && rest != "" {
		if head == "B" { // a billion of Grafana's
			return rest, 1e9
		}
		if f, ok := prefixes[head]; ok {
			return rest, f
		}
	}
	if slices.Contains(measures, text) {
		return text, 1
	}
	for _, n := range []int{1, 2, 3} {
		if n >= len(text) {
			break
		}
		f, ok := prefixes[text[:n]]
		rest := text[n:]
		if ok && (slices.Contains(measures, rest) || others[rest] > 0) {
			return rest, f
		}
	}
	return text, 1
}

// A scale makes values of one column comparable: all in its base unit.
type scale struct {
	factors map[string]float64
	note    string
}

// scaleOf returns the scale of a column in which each unit stands as often as
// counted; bare is a number other than zero that has none.
func scaleOf(counted map[string]int, bare string) (scale, error) {
	s := scale{factors: map[string]float64{"": 1}}
	var base, first string
	var scaled []string
	for _, u := range slices.Sorted(maps.Keys(counted)) {
		b, f := unit(u, counted)
		if first != "" && b != base {
			return s, fmt.Errorf("units %q and %q are in one column: export the values without a unit", first, u)
		}
		base, first, s.factors[u] = b, u, f
		if f != 1 {
			scaled = append(scaled, fmt.Sprintf("1 %s as %g", u, f))
		}
	}
	if first != "" && base != "" && bare != "" {
		return s, fmt.Errorf("value %q has no unit, others are in %q: export the values without a unit", bare, first)
	}
	switch {
	case base == "" && len(scaled) > 0:
		s.note = "values are read with their prefix: " + strings.Join(scaled, ", ")
	case len(scaled) > 0:
		s.note = fmt.Sprintf("values are in %s: %s", base, strings.Join(scaled, ", "))
	case base == "%":
		s.note = "values are in %: 70% is read as 70"
	case base != "":
		s.note = "values are in " + base
	}
	return s, nil
}
