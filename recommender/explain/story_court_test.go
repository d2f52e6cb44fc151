package explain

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A storyCourt holds a sentence to a story. It reads numbers and times by itself.
type storyCourt struct {
	s *Story
	l *Load
}

func wrong(bad bool, format string, args ...any) string {
	if bad {
		return fmt.Sprintf(format, args...)
	}
	return ""
}

func first(faults ...string) string {
	for _, f := range faults {
		if f != "" {
			return f
		}
	}
	return ""
}

func is[T comparable](said, want T) string { return wrong(said != want, "%v is %v", said, want) }

func num(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

// time says what is wrong with a time, read as somebody does who knows what time
// it is.
func (c *storyCourt) time(text string, want time.Time) string {
	now := c.s.Now.UTC()
	var said time.Time
	for _, layout := range []string{"15:04", "Mon 2 Jan 15:04", "2 Jan 15:04", "2 Jan 2006 15:04"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		switch said = t; layout {
		case "15:04":
			said = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
		case "Mon 2 Jan 15:04", "2 Jan 15:04":
			best := time.Duration(math.MaxInt64)
			for year := now.Year() - 1; year <= now.Year()+1; year++ { // the nearest
				if x := t.AddDate(year, 0, 0); x.Sub(now).Abs() < best {
					best, said = x.Sub(now).Abs(), x
				}
			}
			if strings.HasPrefix(layout, "Mon") && said.Format("Mon") != text[:3] {
				return fmt.Sprintf("%s is a %s", text, said.Format("Mon"))
			}
		}
	}
	return first(
		wrong(said.IsZero(), "%q is no time", text),
		wrong(said.Sub(want).Abs() >= time.Minute, "%s is %s", text, want),
		wrong(want.After(now) && !said.After(now), "%s is said to come, and is over", text),
		wrong(!want.After(now) && said.After(now), "%s is past, and is said to come", text))
}

// age says what is wrong with a length of time: no more than half of the smaller
// of its units.
func age(text string, want time.Duration) string {
	units := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "min": time.Minute, "s": time.Second}
	words := strings.Fields(text)
	var said, least time.Duration
	for i := 0; i < len(words); i += 2 {
		least = units[words[i+1]]
		said += time.Duration(num(words[i])) * least
	}
	off := least
	if len(words) == 2 && least > time.Second {
		off = least / 24 // the next unit is none
	}
	return wrong((said-max(want, 0)).Abs() > off, "%s is %s", text, want)
}

// quantity says what is wrong with a number of a unit: three digits are right.
func quantity(text string, want float64, unit string) string {
	number, said, _ := strings.Cut(text, " ")
	factor := 1.0
	if n, ok := map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[number[len(number)-1:]]; ok {
		factor, number = n, number[:len(number)-1]
	}
	if unit == "bytes" {
		factor = map[string]float64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}[said]
	} else if said != unit && !(number == "1" && said+"s" == unit) {
		return fmt.Sprintf("it is in %q", unit)
	}
	v, err := strconv.ParseFloat(number, 64)
	return wrong(err != nil || math.Abs(v*factor-want) > 0.0051*math.Abs(want), "%s is %g", text, want)
}

func share(text string, want float64) string {
	v, err := strconv.ParseFloat(text, 64)
	return wrong(err != nil || math.Abs(v/100-want) > max(0.0051*math.Abs(want), 5.1e-6), "%s %% is %g", text, want)
}
