package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Kind says in one word why a read failed.
type Kind string

// The kinds of failure.
const (
	Unreachable   Kind = "Unreachable"   // no connection, or it broke
	Unauthorized  Kind = "Unauthorized"  // 401 or 403, or a credential file that cannot be read
	TLS           Kind = "TLS"           // the two sides do not agree on TLS
	BadQuery      Kind = "BadQuery"      // the query does not parse or cannot be evaluated
	Timeout       Kind = "Timeout"       // no answer in time
	Canceled      Kind = "Canceled"      // the caller gave up
	Overloaded    Kind = "Overloaded"    // 429 or 503, on every attempt
	ServerError   Kind = "ServerError"   // another 5xx, on every attempt
	Partial       Kind = "Partial"       // a store says that its answer lacks what it could not get, on every attempt
	TooLarge      Kind = "TooLarge"      // more samples, points or bytes than a limit allows
	NotPrometheus Kind = "NotPrometheus" // the answer is not that of the Prometheus API
	NoSeries      Kind = "NoSeries"      // the query selects nothing
	ManySeries    Kind = "ManySeries"    // the query gives more than one series
	NotUsable     Kind = "NotUsable"     // there are samples, but none is a load
	Counter       Kind = "Counter"       // there are samples, but of a counter, which is no load
	Invalid       Kind = "Invalid"       // the range or the step makes no sense
)

// ErrNoSeries is what errors.Is finds when a query selected nothing.
var ErrNoSeries error = &Error{Kind: NoSeries}

// An Error is a read that failed. Its message is for the user and names the
// remedy.
type Error struct {
	Kind  Kind
	Query string // PromQL; empty if the failure has nothing to do with it
	Err   error  // what happened and what to do
}

func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return string(e.Kind)
	case e.Query == "":
		return e.Err.Error()
	}
	return fmt.Sprintf("query %q: %v", clip(e.Query, maxShown), e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an *Error of the same kind without a cause:
// errors.Is(err, ErrNoSeries).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Err == nil && t.Query == "" && t.Kind == e.Kind
}

// KindOf returns the kind of a failed read, and the empty kind if err is nil or
// did not come from this package.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// manySeries is the failure of a query that gives several series, of which sets
// are some.
func manySeries(expr string, sets []string) *Error {
	examples := ""
	if len(sets) > 0 {
		shown := make([]string, 0, 4)
		for _, s := range sets[:min(len(sets), 3)] {
			shown = append(shown, clip(s, 150))
		}
		if len(sets) > 3 {
			shown = append(shown, "…")
		}
		examples = " (" + strings.Join(shown, ", ") + ")"
	}
	return &Error{Kind: ManySeries, Query: expr, Err: fmt.Errorf("gives more than one series where one is wanted%s: wrap it in sum(...)", examples)}
}

var errHistograms = errors.New("gives native histograms where a number is wanted: wrap it in histogram_count(...) or histogram_sum(...)")

// maxShown bounds the parts of a message that others write, such as a query.
const maxShown = 500

// clip cuts s to at most n bytes, at the boundary of a rune, and says so by an
// ellipsis.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n-len("…"), 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func kindOfContext(err error) Kind {
	if errors.Is(err, context.DeadlineExceeded) {
		return Timeout
	}
	return Canceled
}
