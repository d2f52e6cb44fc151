package price

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Rates are what an hour costs. What is 0 is not known.
type Rates struct {
	Pod float64 // of a pod, whatever it requests
	CPU float64 // of a core
	GiB float64 // of a GiB of memory
	GPU float64 // of a GPU
}

// IsZero says that nothing is known.
func (r Rates) IsZero() bool { return r == Rates{} }

// Most is what an hour of anything may cost, in whatever currency. What is
// beyond is a mistake.
const Most = 1e6

// Check returns what is wrong with a rate, and nil if it can be one.
func Check(rate float64) error {
	switch {
	case math.IsNaN(rate), math.IsInf(rate, 0):
		return errors.New("it is no number")
	case rate < 0:
		return errors.New("it is negative")
	case rate == 0:
		return errors.New("it is 0")
	case rate > Most:
		return fmt.Errorf("it is more than %s for an hour", strconv.FormatFloat(Most, 'f', 0, 64))
	}
	return nil
}

// A Pod is what is priced: what a pod of a workload requests on average, and the
// nodes that its pods are on, a name for each pod.
type Pod struct {
	CPU    float64 // cores; 0 if none are requested, or it is not known
	Memory float64 // bytes, likewise
	GPU    float64
	Nodes  []string
}

// A Price is what an hour of a pod costs. The zero Price is none.
type Price struct {
	PodHour  float64 `json:"podHour"`
	Currency string  `json:"currency"` // empty if it is not known
	Source   string  `json:"source"`   // where it is from, in words
}

// Known says whether there is a price.
func (p Price) Known() bool { return p.PodHour > 0 }

// String is the price with its source: "0.041 USD per pod-hour, OpenCost's mean of
// 3 nodes over 24 h". Without a price it is empty.
func (p Price) String() string {
	if !p.Known() {
		return ""
	}
	return fmt.Sprintf("%s per pod-hour, %s", Amount(p.PodHour, p.Currency), p.Source)
}

// Amount writes money for people: to the cent, or to two digits that are not 0.
func Amount(x float64, currency string) string {
	digits := 2
	if a := math.Abs(x); a > 0 && a < 0.1 {
		digits = min(1-int(math.Floor(math.Log10(a))), 12)
	}
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if s == "-0.00" {
		s = "0.00"
	}
	if currency == "" {
		return s
	}
	return s + " " + currency
}
