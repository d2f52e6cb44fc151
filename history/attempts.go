package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// maxBackoff bounds the wait before an attempt when the server does not ask for one.
const maxBackoff = 5 * time.Second

type request func(context.Context) (model.Value, v1.Warnings, v1.Infos, error)

// do makes the attempts of one request, whose answer may be of so many bytes.
func (c *Client) do(ctx context.Context, expr string, most int64, ask request) (model.Value, []string, error) {
	for n := 1; ; n++ {
		v, notes, x, err := c.attempt(ctx, most, ask)
		if err == nil {
			return v, notes, nil
		}
		if ctx.Err() != nil {
			return nil, notes, c.gaveUp(ctx, expr, err)
		}
		failure, again := c.classify(expr, err, x)
		if !again {
			return nil, notes, failure
		}
		if n >= c.opts.MaxAttempts {
			failure.Err = fmt.Errorf("%w (%d attempts)", failure.Err, n)
			return nil, notes, failure
		}
		wait := c.wait(n, x.retryAfter)
		if deadline, ok := ctx.Deadline(); ok && time.Now().Add(wait).After(deadline) {
			failure.Err = fmt.Errorf("%w (%d attempts; no time is left for another)", failure.Err, n)
			return nil, notes, failure
		}
		select {
		case <-ctx.Done():
			return nil, notes, c.gaveUp(ctx, expr, failure.Err)
		case <-time.After(wait):
		}
	}
}

// attempt sends one request, in its turn and with its own deadline.
func (c *Client) attempt(ctx context.Context, most int64, ask request) (model.Value, []string, *exchange, error) {
	x := &exchange{maxBytes: most}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, nil, x, fmt.Errorf("waiting for one of %d connections: %w", c.opts.MaxConcurrent, ctx.Err())
	}
	release, err := c.budget.reserve(ctx, most)
	if err != nil {
		return nil, nil, x, err
	}
	defer release()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, exchangeKey{}, x), c.opts.Timeout)
	defer cancel()
	v, warnings, infos, err := ask(ctx)
	if err == nil && !c.opts.AllowPartial {
		err = partial(warnings, x.partial)
	}
	return v, notes(warnings, infos), x, err
}

// A partialError is a success that lacks a part of the series.
type partialError struct{ said string }

func (e partialError) Error() string { return e.said }

// partial returns an error if a store says that its answer is not whole: Thanos
// and Mimir in a warning, VictoriaMetrics in a field. What PromQL itself warns of
// is no lack, nor is that more series were there than asked for.
func partial(warnings v1.Warnings, field bool) error {
	for _, w := range warnings {
		if !strings.HasPrefix(w, "PromQL ") && !strings.Contains(w, "truncated due to limit") {
			return partialError{w}
		}
	}
	if field {
		return partialError{"isPartial"}
	}
	return nil
}

// notes are the warnings and infos of an answer: the first ten, cut where they
// are long.
func notes(warnings v1.Warnings, infos v1.Infos) []string {
	all := appendNew(appendNew(nil, warnings...), infos...)
	all = all[:min(len(all), 10)]
	for i, s := range all {
		all[i] = clip(s, 300)
	}
	return all
}

// gaveUp is the failure of a request whose caller has no time left.
func (c *Client) gaveUp(ctx context.Context, expr string, err error) *Error {
	if !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return &Error{Kind: kindOfContext(ctx.Err()), Query: expr, Err: fmt.Errorf("no answer from %s in the time given: %w", c.shown, err)}
}

// wait returns how long to wait after attempt n: what the server asks for, up
// to a bound, or else an exponential backoff of which up to half is left to
// chance, so that many readers do not come back at once.
func (c *Client) wait(n int, retryAfter time.Duration) time.Duration {
	if retryAfter > 0 {
		return min(retryAfter, c.opts.MaxRetryAfter)
	}
	d := min(c.opts.Backoff<<min(n-1, 10), maxBackoff)
	return d/2 + rand.N(d/2+1)
}

// An exchange is what the official client does not ask and does not tell of an answer.
type exchange struct {
	maxBytes    int64 // of a successful answer
	status      int
	contentType string
	retryAfter  time.Duration
	marks
	many bool // series are expected
}

type exchangeKey struct{}

// A recorder notes the answer in the exchange that the request's context
// carries, and bounds what can be read of it.
type recorder struct {
	next   http.RoundTripper
	params url.Values // added to each request
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if len(r.params) > 0 {
		req = req.Clone(req.Context())
		if req.URL.RawQuery != "" {
			req.URL.RawQuery += "&"
		}
		req.URL.RawQuery += r.params.Encode()
	}
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	most, many, said := int64(answerSlack), false, new(marks)
	if x, ok := req.Context().Value(exchangeKey{}).(*exchange); ok {
		x.status = resp.StatusCode
		x.contentType = resp.Header.Get("Content-Type")
		x.retryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())
		most, many, said = x.maxBytes, x.many, &x.marks
	}
	if resp.StatusCode/100 == 2 {
		resp.Body = newAnswerBody(resp.Body, most, many, said)
	} else {
		resp.Body = failureBody{Reader: io.LimitReader(resp.Body, failureBytes), Closer: resp.Body}
	}
	return resp, nil
}

func (r *recorder) CloseIdleConnections() {
	if c, ok := r.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// parseRetryAfter reads a Retry-After header: seconds or a date. Zero means
// that it asks for nothing, or for nothing sensible.
func parseRetryAfter(h string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(h, 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// A failureBody is the beginning of an answer that is no success: enough to say
// what is wrong.
type failureBody struct {
	io.Reader
	io.Closer
}
