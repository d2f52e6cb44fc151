package history

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/highwater-dev/highwater/history/login"
)

// classify turns the error of one attempt into a failure with a remedy, and
// says whether another attempt may help.
func (c *Client) classify(expr string, err error, x *exchange) (*Error, bool) {
	if e, ok := errors.AsType[*v1.Error](err); ok {
		return c.classifyAnswer(expr, e, x)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the method and the address, which the message has already
	}
	if e, ok := errors.AsType[*login.Error](err); ok {
		return c.classifyLogin(e), e.Temporary
	}
	if e := c.classifyTLS(err); e != nil {
		return e, false
	}
	if e, ok := errors.AsType[manySeriesError](err); ok {
		return manySeries(expr, e.sets), false
	}
	if e, ok := errors.AsType[partialError](err); ok {
		return &Error{Kind: Partial, Query: expr, Err: fmt.Errorf("%s answered with a part of what it has (%s), and what is missing would look like less load: mend the store, or allow it with --prometheus-allow-partial", c.shown, clip(e.said, 200))}, true
	}
	if e, ok := errors.AsType[tooManyBytesError](err); ok {
		return c.classifyLong(expr, e, x), false
	}
	var netErr net.Error
	switch {
	case isType[*fs.PathError](err):
		return &Error{Kind: Unauthorized, Err: fmt.Errorf("credentials for %s: %w", c.shown, err)}, false
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return &Error{Kind: Timeout, Query: expr, Err: fmt.Errorf("no answer from %s within %s (--prometheus-timeout): %w", c.shown, c.opts.Timeout, err)}, true
	}
	return &Error{Kind: Unreachable, Err: &answered{err: err,
		msg: fmt.Sprintf("prometheus at %s cannot be reached, check --prometheus-url: %s", c.shown, clip(err.Error(), maxShown))}}, true
}

// classifyLogin is for a request that could not be logged in. The store itself was
// not asked.
func (c *Client) classifyLogin(e *login.Error) *Error {
	kind := Unauthorized
	switch {
	case errors.Is(e, context.DeadlineExceeded):
		kind = Timeout
	case e.Temporary:
		kind = Unreachable
	}
	return &Error{Kind: kind, Err: &answered{err: e, msg: fmt.Sprintf("no log-in to %s: %s", c.shown, clip(e.Error(), maxShown))}}
}

// classifyLong is for an answer that is longer than one series can be.
func (c *Client) classifyLong(expr string, e tooManyBytesError, x *exchange) *Error {
	switch {
	case e.histograms:
		return &Error{Kind: NotUsable, Query: expr, Err: errHistograms}
	case describe(x.contentType) == "text/html":
		return c.notPrometheus(x, e)
	}
	return &Error{Kind: TooLarge, Query: expr, Err: fmt.Errorf("%w, which one series of numbers does not need: wrap the query in sum(...), which leaves out long labels", e)}
}

func isType[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// classifyTLS returns nil if err has nothing to do with TLS.
func (c *Client) classifyTLS(err error) *Error {
	var remedy string
	switch {
	case isType[x509.UnknownAuthorityError](err):
		remedy = "its certificate is signed by an authority that is not trusted here; set --prometheus-ca-file to that authority's certificate"
	case isType[x509.HostnameError](err):
		remedy = "its certificate is for another name; use that name in --prometheus-url or set --prometheus-server-name"
	case isType[x509.CertificateInvalidError](err):
		remedy = "its certificate is not valid; renew it or mend the clock"
	case errors.Is(err, http.ErrSchemeMismatch), isType[tls.RecordHeaderError](err):
		remedy = "it does not speak TLS; use http:// in --prometheus-url"
	case isType[*tls.CertificateVerificationError](err):
		remedy = "its certificate cannot be verified; check --prometheus-ca-file"
	case isType[tls.AlertError](err), strings.Contains(err.Error(), "remote error: tls:"):
		remedy = "it refused the handshake; if it asks for a client certificate, set --prometheus-cert-file and --prometheus-key-file"
	default:
		return nil
	}
	return &Error{Kind: TLS, Err: fmt.Errorf("prometheus at %s: %s: %w", c.shown, remedy, err)}
}

// classifyAnswer is for an answer that came, but not with a result.
func (c *Client) classifyAnswer(expr string, e *v1.Error, x *exchange) (*Error, bool) {
	said := clip(said(e), maxSaid)
	fail := func(kind Kind, query, format string, args ...any) *Error {
		return &Error{Kind: kind, Query: query, Err: &answered{msg: fmt.Sprintf(format, args...), err: e}}
	}
	switch s := x.status; {
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return fail(Unauthorized, "", "prometheus at %s answers %d (%s): %s", c.shown, s, said, c.credentialRemedy(said)), false
	case s == http.StatusTooManyRequests:
		return fail(Overloaded, "", "prometheus at %s answers 429 (%s): allow more queries there, or lower --prometheus-concurrency", c.shown, said), true
	case e.Type == v1.ErrTimeout || s == http.StatusGatewayTimeout:
		return fail(Timeout, expr, "prometheus at %s ran out of time: %s; simplify the query or make it a recording rule", c.shown, said), true
	case s == http.StatusServiceUnavailable:
		return fail(Overloaded, "", "prometheus at %s answers 503: %s", c.shown, said), true
	case s >= 500 && s != http.StatusNotImplemented:
		return fail(ServerError, "", "prometheus at %s answers %d: %s", c.shown, s, said), true
	case s == http.StatusBadRequest && strings.Contains(e.Detail, "HTTP request to an HTTPS server"):
		return fail(TLS, "", "prometheus at %s wants TLS; use https:// in --prometheus-url", c.shown), false
	}
	return c.classifyRefusal(expr, e, x, fail)
}

// maxSaid bounds what a message repeats of a server's.
const maxSaid = 200

// classifyRefusal is for an answer that refuses what is asked for. What counts are the words: the stores have no
// statuses in common.
func (c *Client) classifyRefusal(expr string, e *v1.Error, x *exchange, fail func(kind Kind, query, format string, args ...any) *Error) (*Error, bool) {
	whole := said(e)
	said := clip(whole, maxSaid)
	switch s := x.status; {
	case isRangeLimit(whole):
		return &Error{Kind: TooLarge, Query: expr, Err: &rangeLimitError{said}}, false
	case isPartFailure(whole):
		return fail(Partial, expr, "%s refuses to answer without a part of what it has (%s): mend the store", c.shown, said), true
	case isTenant(said):
		return fail(Unauthorized, "", "prometheus at %s answers %d (%s): %s", c.shown, s, said, c.credentialRemedy(said)), false
	case e.Type == v1.ErrBadData || e.Type == v1.ErrExec:
		return fail(BadQuery, expr, "prometheus does not accept it: %s", said), false
	case s == http.StatusBadRequest && isWrongPath(said):
		return c.notPrometheus(x, e), false
	case s == http.StatusBadRequest || s == http.StatusUnprocessableEntity:
		return fail(BadQuery, expr, "%s answers %d: %s", c.shown, s, said), false
	}
	return c.notPrometheus(x, e), false
}

// isTenant recognises what Mimir says of tenants that it does not take.
func isTenant(said string) bool { return strings.Contains(said, "tenant ID") }

// isPartFailure recognises what Thanos says where one of its stores does not answer and partial_response is false.
func isPartFailure(said string) bool {
	return strings.Contains(said, "fetch series for") && strings.Contains(said, "rpc error")
}

// isWrongPath recognises what VictoriaMetrics says of a path that it does not serve; others answer 404.
func isWrongPath(said string) bool {
	return strings.Contains(said, "unsupported path requested") || strings.Contains(said, "missing -http.pathPrefix")
}

// notPrometheus is for an answer that the API does not give.
func (c *Client) notPrometheus(x *exchange, err error) *Error {
	with := describe(x.contentType)
	if e, ok := errors.AsType[*v1.Error](err); ok && with == "text/plain" {
		with = fmt.Sprintf("the text %q", clip(said(e), maxSaid))
	}
	return &Error{Kind: NotPrometheus, Err: &answered{err: err, msg: fmt.Sprintf(
		"%s answers %d with %s, which is not the Prometheus API: is --prometheus-url right? It should be the base URL, without /api/v1; some stores serve it below a path, such as /prometheus or /select/0/prometheus",
		c.shown, x.status, with)}}
}

func (c *Client) credentialRemedy(said string) string {
	switch {
	case isTenant(said):
		return "check the tenant in --prometheus-header X-Scope-OrgID=..."
	case strings.Contains(said, "no org id"):
		return "name a tenant with --prometheus-header X-Scope-OrgID=..."
	case c.opts.TokenFile != "":
		return "check the token in --prometheus-token-file " + c.opts.TokenFile
	case c.opts.Username != "":
		return "check --prometheus-username " + c.opts.Username + " and --prometheus-password-file " + c.opts.PasswordFile
	case c.login != nil:
		return c.login.Remedy()
	}
	if key := login.Hint(c.host); key != "" {
		return "no credential is set, and this store asks for " + key
	}
	return "no credential is set; set --prometheus-token-file, or --prometheus-username and --prometheus-password-file, or another log-in under prometheus (oauth2, sigv4, azure, google)"
}

// A rangeLimitError is a refusal of a range: it asks for too many points, samples or days.
type rangeLimitError struct{ said string }

func (e *rangeLimitError) Error() string {
	return e.said + "; read a shorter history (--history), or make the query a recording rule"
}

// samples reports whether the limit is one of what a query reads, not of the points that it gives or the days that it spans.
func (e *rangeLimitError) samples() bool {
	said := strings.ToLower(e.said)
	return strings.Contains(said, "samples") || strings.Contains(said, "chunks")
}

// isRangeLimit recognises what Prometheus, VictoriaMetrics, Mimir, Thanos and the clouds' stores say of a range that is
// longer than they allow.
func isRangeLimit(said string) bool {
	said = strings.ToLower(said)
	for _, words := range rangeLimits {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

var rangeLimits = []string{
	"maximum resolution", "too many samples", "too many points", "-search.maxpoints", "-search.maxsamples",
	"query time range exceeds", "time range cannot exceed", "range exceeds", "exceeds the limit", "exceeds limit", "maximum allowed", "query length",
	"maximum number of chunks", "aggregated chunks size limit",
	"the query range", "range is too long", "too long range", "exceeded maximum",
}

func describe(contentType string) string {
	if contentType == "" {
		return "an empty answer"
	}
	kind, _, _ := strings.Cut(contentType, ";")
	return clip(kind, 100)
}

// said returns what the server said went wrong, in one line.
func said(e *v1.Error) string {
	var body struct{ Error, Message string } // Prometheus writes error, AWS message
	msg := e.Msg
	if json.Unmarshal([]byte(e.Detail), &body) == nil && body.Error+body.Message != "" {
		msg = cmp.Or(body.Error, body.Message)
	} else if d := strings.TrimSpace(e.Detail); d != "" && !strings.HasPrefix(d, "<") {
		msg = d
	}
	return strings.ToValidUTF8(strings.Join(strings.Fields(withoutQuery(msg)), " "), "")
}

// withoutQuery cuts the query off, which VictoriaMetrics repeats before it says what is wrong with it:
//
//	error when executing query="…" on the time range (start=…, end=…, step=…): too many points …
func withoutQuery(msg string) string {
	if !strings.HasPrefix(msg, "error when executing query=") {
		return msg
	}
	_, after, _ := strings.Cut(msg, " on the time range (start=")
	if _, why, ok := strings.Cut(after, "): "); ok {
		return why
	}
	return msg
}

// answered is an error of the official client behind our own words.
type answered struct {
	msg string
	err error
}

func (a *answered) Error() string { return a.msg }
func (a *answered) Unwrap() error { return a.err }
