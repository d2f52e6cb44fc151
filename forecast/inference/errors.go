package inference

import (
	"context"
	"errors"
	"fmt"
)

// A Kind says in one word why a model gave no forecast.
type Kind string

// The kinds of failure.
const (
	Unreachable  Kind = "Unreachable"  // no connection, or it broke, twice
	Unauthorized Kind = "Unauthorized" // 401 or 403, or a credential file that cannot be read
	TLS          Kind = "TLS"          // the two sides do not agree on TLS
	Timeout      Kind = "Timeout"      // no answer in time
	Canceled     Kind = "Canceled"     // the caller gave up
	Overloaded   Kind = "Overloaded"   // 429, or 503 twice
	ServerError  Kind = "ServerError"  // another 5xx
	UnknownModel Kind = "UnknownModel" // the server does not have the model or the version
	NotReady     Kind = "NotReady"     // the server has the model, but cannot serve it yet
	Refused      Kind = "Refused"      // the server does not accept the request
	NotProtocol  Kind = "NotProtocol"  // the answer is not that of the Open Inference Protocol
	TooLarge     Kind = "TooLarge"     // more bytes than Config.MaxBytes
	Mismatch     Kind = "Mismatch"     // names, shapes, datatypes or the horizon differ from what is expected
	NotFinite    Kind = "NotFinite"    // a value is NaN, infinite, or beyond any load
	TooShort     Kind = "TooShort"     // a history has fewer samples than the model takes
	Unfit        Kind = "Unfit"        // a history has another step, or is unknown for the most part
	Invalid      Kind = "Invalid"      // the question makes no sense
)

// An Error is a forecast that a model did not give. Its message is for the user
// and names the remedy where there is one.
type Error struct {
	Kind  Kind
	Model string // with its version, if one was asked for
	URL   string // of the server, without a password
	Err   error  // what happened
}

func (e *Error) Error() string { return fmt.Sprintf("model %s at %s: %v", e.Model, e.URL, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of a failure, and the empty kind if err is nil or did
// not come from this package.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// A fault is a failure inside of the package, before it is known for whom.
type fault struct {
	kind Kind
	err  error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

func faultf(kind Kind, format string, args ...any) error {
	return &fault{kind, fmt.Errorf(format, args...)}
}

func kindOfFault(err error) Kind {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.kind
	}
	return Invalid
}

// fail makes an *Error of what went wrong.
func (e *Expert) fail(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kindOfFault(err), Model: e.Name(), URL: e.shown, Err: err}
}

func kindOfContext(err error) Kind {
	if errors.Is(err, context.DeadlineExceeded) {
		return Timeout
	}
	return Canceled
}
