// Package conntrack stands in for github.com/mwitkow/go-conntrack, by a replace
// in Highwater's go.mod: it dials, and does not count or trace.
//
// prometheus/common/config, the official way to reach a Prometheus, always
// imports go-conntrack for metrics that Highwater does not export. That imports
// golang.org/x/net/trace, whose init puts two pages made by html/template onto
// http.DefaultServeMux. A template calls methods by their names, so the linker
// has to keep every exported method in the binary: 27 MB of the controller's.
package conntrack

import (
	"context"
	"net"
)

// A Dial is as net.Dialer.DialContext.
type Dial = func(ctx context.Context, network, addr string) (net.Conn, error)

// A DialerOption is an option of NewDialContextFunc.
type DialerOption func(*Dial)

// DialWithDialContextFunc dials with d.
func DialWithDialContextFunc(d Dial) DialerOption { return func(to *Dial) { *to = d } }

// DialWithName does nothing: there are no metrics to bear a name.
func DialWithName(string) DialerOption { return func(*Dial) {} }

// DialWithTracing does nothing.
func DialWithTracing() DialerOption { return func(*Dial) {} }

// NewDialContextFunc returns what dials: net.Dialer's zero value, as go-conntrack
// has it, or that of the options.
func NewDialContextFunc(options ...DialerOption) Dial {
	var dial Dial = new(net.Dialer).DialContext
	for _, o := range options {
		o(&dial)
	}
	return dial
}
