package planning

import (
	"errors"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender/price"
)

// A WhatIf changes workloads before they are planned. The zero value changes
// nothing, and so does each field that is zero.
type WhatIf struct {
	Load   []Scale              // factors of loads; where several fit, they multiply
	Events []calendar.EventSpec // that come to every workload, in the time zone of its own calendar
	Zone   *ZoneLoss            // room for the loss of a zone

	// Target is the share of what a pod carries that the HPA aims at: 0.8. For
	// a Utilization it is that of the request. Metrics of the kind Value stay.
	Target *float64
	// PodSize is how much larger a pod is: what it carries, its CPU and memory,
	// and its price if that is per pod.
	PodSize *float64
	// Start is how long pods take from creation to Ready; the lead time follows.
	Start *time.Duration

	// AllEnforced plans with floors where none would be set as things are: see
	// Workload.Observed.
	AllEnforced bool

	// A price makes costs: of one pod-hour, or of one core-hour and one
	// GiB-hour of memory.
	Price, PriceCPU, PriceMemory float64
}

// A Scale multiplies the loads of the workloads that Selector fits.
type Scale struct {
	// Selector is a pattern of namespace/name, as shop/* or */web; of the name
	// alone, if it has no slash; or of labels, as app=web,tier!=batch. An empty
	// one fits all.
	Selector string
	Factor   float64
}

// A ZoneLoss asks for so many pods that one zone of Zones can be lost: the rest
// carries the load. Pods are spread evenly, so Zones/(Zones−1) as many are
// needed.
type ZoneLoss struct {
	Zones      int
	Start, End time.Time // the time for which it is asked; zero for throughout
}

// The most that a WhatIf may change something by.
const (
	maxScale = 1000
	maxStart = 6 * time.Hour
	maxZones = 100
)

// IsZero says that nothing is changed; prices may be set.
func (w WhatIf) IsZero() bool {
	return len(w.Load) == 0 && len(w.Events) == 0 && w.Zone == nil && w.Target == nil && w.PodSize == nil && w.Start == nil && !w.AllEnforced
}

// Priced says whether costs follow.
func (w WhatIf) Priced() bool { return w.Price > 0 || w.PriceCPU > 0 || w.PriceMemory > 0 }

// Check returns an error that joins everything wrong with w, each with its
// field, its value and the remedy.
func (w WhatIf) Check() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("whatIf."+format, args...))
		}
	}
	for i, s := range w.Load {
		add(!(s.Factor > 0 && s.Factor <= maxScale), "load[%d].factor is %v: make it more than 0 and at most %d, as 1.5", i, s.Factor, maxScale)
		_, err := parseSelector(s.Selector)
		add(err != nil, "load[%d].selector is %q: %v", i, s.Selector, err)
	}
	for _, p := range (calendar.Spec{Events: w.Events}).Problems() {
		add(true, "%s: %s", p.Field, p.Message)
	}
	w.checkPods(add)
	w.checkPrices(add)
	return errors.Join(errs...)
}

// checkPods finds what is wrong with the fields about pods.
func (w WhatIf) checkPods(add func(bad bool, format string, args ...any)) {
	if z := w.Zone; z != nil {
		add(z.Zones < 2 || z.Zones > maxZones, "zone.zones is %d: give how many there are, 2 to %d", z.Zones, maxZones)
		add(!z.Start.IsZero() && !z.End.IsZero() && !z.End.After(z.Start), "zone.end is %s: make it later than the start", z.End.UTC().Format(time.RFC3339))
	}
	if t := w.Target; t != nil {
		add(!(*t > 0.01 && *t <= 1), "target is %v: give the share of what a pod carries that the HPA aims at, at most 1, as 0.8", *t)
	}
	if s := w.PodSize; s != nil {
		add(!(*s >= 0.01 && *s <= maxScale), "podSize is %v: give how many times as large a pod is, 0.01 to %d", *s, maxScale)
	}
	if s := w.Start; s != nil {
		add(*s < 0 || *s > maxStart, "start is %s: give the time from a pod's creation to Ready, at most %s", *s, maxStart)
	}
}

// checkPrices finds what is wrong with the prices.
func (w WhatIf) checkPrices(add func(bad bool, format string, args ...any)) {
	for _, p := range []struct {
		name string
		v    float64
	}{{"price", w.Price}, {"priceCPU", w.PriceCPU}, {"priceMemory", w.PriceMemory}} {
		add(p.v != 0 && price.Check(p.v) != nil, "%s is %v: make it what an hour costs, or 0", p.name, p.v)
	}
	add(w.Price > 0 && (w.PriceCPU > 0 || w.PriceMemory > 0), "price is %v, and priceCPU or priceMemory is set too: give the price of a pod, or those of its parts", w.Price)
}
