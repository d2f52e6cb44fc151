package forecast

import "fmt"

// A Reason says in one word why there is no forecast.
type Reason string

// Why there is no forecast.
const (
	ReasonNoData   Reason = "NoData"       // nothing known at all
	ReasonTooShort Reason = "TooShort"     // less history than any method needs
	ReasonSparse   Reason = "TooManyGaps"  // more unknown than known
	ReasonStale    Reason = "Stale"        // the newest known sample is too old
	ReasonQuery    Reason = "QueryFailed"  // the history could not be read
	ReasonCounter  Reason = "Counter"      // what was read is a counter, which is no load
	ReasonCapacity Reason = "NoCapacity"   // the load one pod carries is not known
	ReasonNoMetric Reason = "NoMetric"     // no metric that a load could be read from
	ReasonPending  Reason = "NotYetFitted" // the first fit is still to come
)

// NoForecast is the outcome that there is no forecast, and why. It is an
// error so that Fit can return it; it is also a value that users are shown.
type NoForecast struct {
	Reason Reason
	Detail string // a sentence for the user, with the remedy where there is one
}

func (n *NoForecast) Error() string { return fmt.Sprintf("no forecast (%s): %s", n.Reason, n.Detail) }
