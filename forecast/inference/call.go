package inference

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// backoff is the shortest wait before the second attempt; as much again is left
// to chance.
const backoff = 100 * time.Millisecond

// An answer is what came back, whatever its status.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call sends one request and returns the body of its answer. If the connection
// fails or a proxy or the server says that nobody is there, 502 or 503, it tries
// once more, within the same Timeout and the caller's deadline.
func (e *Expert) call(ctx context.Context, method string, body []byte, path ...string) ([]byte, error) {
	own, cancel := context.WithTimeout(ctx, e.cfg.Timeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		a, err := e.attempt(own, method, body, path)
		wait := backoff + rand.N(backoff)
		switch {
		case err == nil && a.status == http.StatusOK:
			return a.body, nil
		case err == nil:
			err = e.classify(a)
			wait = max(wait, retryAfter(a.header))
			if a.status != http.StatusBadGateway && a.status != http.StatusServiceUnavailable {
				return nil, err
			}
		default:
			if err = e.classifyError(ctx, own, err); kindOfFault(err) != Unreachable {
				return nil, err
			}
		}
		if deadline, _ := own.Deadline(); attempt > 1 || time.Until(deadline) < wait {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, faultf(kindOfContext(ctx.Err()), "%w: %w", ctx.Err(), err)
		case <-time.After(wait):
		}
	}
}

func (e *Expert) attempt(ctx context.Context, method string, body []byte, path []string) (*answer, error) {
	u := e.base.JoinPath("v2")
	for _, p := range path {
		u = u.JoinPath(url.PathEscape(p))
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := e.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, e.cfg.MaxBytes))
	if err != nil {
		return nil, err
	}
	return &answer{resp.StatusCode, resp.Header, b}, nil
}

// retryAfter reads the seconds of a Retry-After header; zero if it has none.
func retryAfter(h http.Header) time.Duration {
	s, _ := strconv.ParseUint(h.Get("Retry-After"), 10, 31)
	return time.Duration(s) * time.Second
}

// classifyError is for a request without an answer. ctx is the caller's, own
// ends at the Timeout too.
func (e *Expert) classifyError(ctx, own context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the method and the address, which the message has already
	}
	var netErr net.Error
	switch {
	case ctx.Err() != nil:
		return faultf(kindOfContext(ctx.Err()), "no answer in the time given: %w", ctx.Err())
	case own.Err() != nil:
		return faultf(Timeout, "no answer within %s: %w", e.cfg.Timeout, own.Err())
	case isType[*http.MaxBytesError](err):
		return faultf(TooLarge, "the answer is longer than %d bytes: lower the batch", e.cfg.MaxBytes)
	case isType[*fs.PathError](err):
		return faultf(Unauthorized, "credentials: %w", err)
	}
	if remedy := tlsRemedy(err); remedy != "" {
		return faultf(TLS, "%s: %w", remedy, err)
	}
	if errors.As(err, &netErr) && netErr.Timeout() {
		return faultf(Timeout, "no answer: %w", err)
	}
	return faultf(Unreachable, "it cannot be reached: %w", err)
}

// tlsRemedy returns the empty string if err has nothing to do with TLS.
func tlsRemedy(err error) string {
	switch {
	case isType[x509.UnknownAuthorityError](err):
		return "the server's certificate is signed by an authority that is not trusted here; name that authority's certificate as the CA file"
	case isType[x509.HostnameError](err):
		return "the server's certificate is for another name; use that name in the URL or as the server name"
	case isType[x509.CertificateInvalidError](err):
		return "the server's certificate is not valid; renew it or mend the clock"
	case errors.Is(err, http.ErrSchemeMismatch), isType[tls.RecordHeaderError](err):
		return "the server does not speak TLS; use http://"
	case isType[*tls.CertificateVerificationError](err):
		return "the server's certificate cannot be verified; check the CA file"
	case isType[tls.AlertError](err), strings.Contains(err.Error(), "remote error: tls:"):
		return "the server refused the handshake; it may ask for a client certificate"
	}
	return ""
}

func isType[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// A statusError is the status behind a fault.
type statusError struct {
	status int
	msg    string
}

func (s *statusError) Error() string { return s.msg }

// statusOf returns the HTTP status that err comes from, if it comes from one.
func statusOf(err error) (int, bool) {
	if s, ok := errors.AsType[*statusError](err); ok {
		return s.status, true
	}
	return 0, false
}

// classify is for an answer that is not 200.
func (e *Expert) classify(a *answer) error {
	said, ofModel := said(a)
	fail := func(kind Kind, format string, args ...any) error {
		return &fault{kind, &statusError{a.status, fmt.Sprintf(format, args...)}}
	}
	switch s := a.status; {
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return fail(Unauthorized, "the server answers %d: %s; %s", s, said, e.credentialRemedy())
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		return fail(Overloaded, "the server answers %d: %s", s, said)
	case s == http.StatusGatewayTimeout:
		return fail(Timeout, "a proxy before the server gave up waiting: %s", said)
	case s >= 500:
		return fail(ServerError, "the server answers %d: %s", s, said)
	case s == http.StatusNotFound && ofModel, s == http.StatusBadRequest && strings.Contains(strings.ToLower(said), "unknown model"): // the latter is Triton
		return fail(UnknownModel, "the server does not have it: %s", said)
	case s == http.StatusBadRequest && strings.Contains(said, "is not ready"): // MLServer
		return fail(NotReady, "the server answers: %s", said)
	case s == http.StatusBadRequest && strings.Contains(said, "HTTP request to an HTTPS server"):
		return fail(TLS, "the server wants TLS; use https://")
	case s >= 300 && s < 400:
		return fail(NotProtocol, "the server sends elsewhere (%d, to %q): use the address that it really has", s, short(a.header.Get("Location")))
	case s == http.StatusNotFound, s < 400:
		return fail(NotProtocol, "the server answers %d (%s), which is not the Open Inference Protocol: is the URL right? It should be the base URL, without /v2", s, said)
	default:
		return fail(Refused, "the server answers %d: %s", s, said)
	}
}

func (e *Expert) credentialRemedy() string {
	switch {
	case e.cfg.TokenFile != "":
		return "check the token in " + e.cfg.TokenFile
	case e.cfg.Username != "":
		return "check the username " + e.cfg.Username + " and " + e.cfg.PasswordFile
	case e.cfg.HTTPClient != nil:
		return "check the credentials of the HTTP client"
	}
	return "no credential is set"
}

// said returns what the server said went wrong, and whether it said it as the
// protocol has it: {"error": "…"}.
func said(a *answer) (string, bool) {
	var body struct {
		Error  string
		Detail json.RawMessage // of FastAPI, on which KServe and MLServer stand
	}
	switch text := strings.TrimSpace(string(a.body)); {
	case json.Unmarshal(a.body, &body) == nil && body.Error != "":
		return short(body.Error), true
	case len(body.Detail) > 0:
		return short(string(body.Detail)), false
	case text == "":
		return "an empty answer", false
	case strings.HasPrefix(text, "<"):
		return "a web page", false
	default:
		return short(text), false
	}
}

// short returns s in one line of at most 200 bytes.
func short(s string) string {
	cut := len(s) > 200
	if cut {
		s = s[:200]
	}
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if cut {
		s += "…"
	}
	return s
}
