package explain

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Pods counts pods.
func Pods(n int32) string {
	if n == 1 {
		return "1 pod"
	}
	return strconv.Itoa(int(n)) + " pods"
}

// Quantile names one: "p95".
func Quantile(q float64) string { return fmt.Sprintf("p%g", math.Round(q*1e6)/1e4) }

// Percent writes a share: "12.5 %".
func Percent(share float64) string { return fmt.Sprintf("%g %%", math.Round(share*1e4)/100) }

// Share writes a share that was measured, to three digits: "0.128 %", "170 %".
func Share(share float64) string { return Digits(100*share) + " %" }

// Minutes writes a time that is counted in minutes: "27 s", "1 minute", "56.5 minutes".
func Minutes(x float64) string {
	switch text := MinutesCell(x); {
	case x > 0 && x < 1:
		return text
	case text == "1":
		return "1 minute"
	default:
		return text + " minutes"
	}
}

// MinutesCell is Minutes where minutes are said beside it: "27 s", "56.5".
func MinutesCell(x float64) string {
	if x > 0 && x < 1 {
		return Span(time.Duration(x * float64(time.Minute)))
	}
	return Digits(x)
}

// Change says by how much something differs from what it was: "170 % more
// pod-hours", "12 % fewer pod-hours". From nothing there is no share.
func Change(from, to float64, what string) string {
	share := to/from - 1
	switch text := Share(math.Abs(share)); {
	case !(from > 0) || math.IsInf(share, 0) || math.IsNaN(share):
		return Number(to) + " " + what + " instead of " + Number(from)
	case math.Abs(share) < 5e-5:
		return "as many " + what
	case share < 0:
		return text + " fewer " + what
	default:
		return text + " more " + what
	}
}

// Clock writes a time of now's day, or the day, too. What is to come is rounded
// up to the second, so that it is not past when it is read.
func Clock(t, now time.Time) string {
	return written(t, now, time.Second, "15:04:05 UTC", "2 Jan 15:04:05 UTC", "2 Jan 2006 15:04:05 UTC")
}

func (f *Floor) clock(t time.Time) string { return Clock(t, f.Now) }

// Span writes a duration as people do: "90 s", "7 min", "1 h 30 min".
func Span(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case d > 0 && d < time.Second:
		return strconv.FormatInt(max(1, d.Milliseconds()), 10) + " ms"
	case s < 120 && s%60 != 0 || s == 0:
		return fmt.Sprintf("%d s", s)
	}
	var parts []string
	for _, u := range []struct {
		n    int64
		mark string
	}{{s / 3600, "h"}, {s % 3600 / 60, "min"}, {s % 60, "s"}} {
		if u.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", u.n, u.mark))
		}
	}
	return strings.Join(parts, " ")
}

// Quantity writes a load with its unit, to three digits: "7.83M requests/s",
// "1.5 KiB", "1 core".
func Quantity(x float64, unit string) string {
	if unit == "bytes" {
		units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
		for math.Abs(x) >= 1024 && len(units) > 1 {
			x, units = x/1024, units[1:]
		}
		return Digits(x) + " " + units[0]
	}
	text := Number(x)
	if one, ok := strings.CutSuffix(unit, "s"); ok && text == "1" && !strings.Contains(unit, "/") && !strings.HasSuffix(one, "s") {
		unit = one
	}
	return strings.TrimSpace(text + " " + unit)
}

// Number writes a number to three digits: "0.253", "1150", "12.3k", "7.83M".
// Thousands are read at a glance; more have a letter.
func Number(x float64) string {
	if math.Abs(x) < 9999.5 {
		return Digits(x)
	}
	units := []string{"", "k", "M", "G", "T"}
	for math.Abs(x) >= 999.5 && len(units) > 1 {
		x, units = x/1000, units[1:]
	}
	return Digits(x) + units[0]
}

// Digits writes x to three significant digits, whole from 100 on, and without an
// exponent unless it is tiny or beyond all measure.
func Digits(x float64) string {
	places := 0
	switch a := math.Abs(x); {
	case a != 0 && a < 0.000995, a >= 1e15:
		return strconv.FormatFloat(x, 'g', 3, 64)
	case a < 0.00995:
		places = 5
	case a < 0.0995:
		places = 4
	case a < 0.9995:
		places = 3
	case a < 9.995:
		places = 2
	case a < 99.95:
		places = 1
	}
	text := strconv.FormatFloat(x, 'f', places, 64)
	if places > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
