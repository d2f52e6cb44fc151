package main

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// percent is a share without decimals, percent1 with one.
func percent(x float64) string  { return share(x, 0) }
func percent1(x float64) string { return share(x, 1) }

// percent2 is a share with two decimals, for small ones.
func percent2(x float64) string { return share(x, 2) }

func share(x float64, digits int) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 0):
		return "∞"
	}
	s := strconv.FormatFloat(100*x, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1) + " %"
}

// signed is a share with its sign.
func signed(x float64) string {
	if s := percent1(x); x > 0 && s[0] != '0' || strings.HasPrefix(s, "0.") && s != "0.0 %" && x > 0 {
		return "+" + s
	}
	return percent1(x)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s" }

// minutes is a duration in minutes with one decimal.
func minutes(d time.Duration) string { return strconv.FormatFloat(d.Minutes(), 'f', 1, 64) }

func short(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func yes(reached bool) string {
	if reached {
		return "yes"
	}
	return "**no**"
}
