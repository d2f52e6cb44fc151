package login

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/oauth2"
)

// An Error is a log-in that failed before the store was asked.
type Error struct {
	Key       string // of the configuration: "prometheus.oauth2"
	Temporary bool   // another attempt may help
	Err       error
}

func (e *Error) Error() string { return e.Key + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// A refusal is an answer of an endpoint that holds no token.
type refusal struct {
	endpoint string
	status   int
	said     string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s answers %d: %s", r.endpoint, r.status, r.said)
}

// temporary says whether another attempt may help: the endpoint cannot be
// reached, fails or is overloaded.
func temporary(err error) bool {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status >= 500 || r.status == http.StatusTooManyRequests
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// endpointError says what the token endpoint at address has to do with err, and
// leaves out the secrets that were sent there.
func endpointError(address string, err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	endpoint := "token endpoint " + address
	if r, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		text := r.ErrorCode
		if r.ErrorDescription != "" {
			text = strings.TrimPrefix(text+": "+r.ErrorDescription, ": ")
		}
		return &refusal{endpoint: endpoint, status: r.Response.StatusCode, said: said(text, r.Body, secrets...)}
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Errorf("%s has a certificate of an authority that is not trusted here: %w", endpoint, err)
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s cannot be reached: %w", endpoint, err)
	}
	// x/oauth2 tells that apart in words only.
	switch {
	case strings.Contains(err.Error(), "missing access_token"):
		return fmt.Errorf("%s answers without an access_token", endpoint)
	case strings.Contains(err.Error(), "cannot parse"):
		return fmt.Errorf("%s answers with something that is no JSON: is that its URL?", endpoint)
	}
	return fmt.Errorf("%s: %s", endpoint, said(err.Error(), nil, secrets...))
}

// said is what an endpoint said went wrong, on one line: the text, or else the
// beginning of the body.
func said(text string, body []byte, secrets ...string) string {
	if text == "" {
		text = string(body)
		var e struct{ Message, Error string }
		if json.Unmarshal(body, &e) == nil && e.Message+e.Error != "" {
			text = strings.TrimPrefix(e.Error+": "+e.Message, ": ")
		}
	}
	if text = strings.TrimSpace(text); text == "" || strings.HasPrefix(text, "<") {
		return "no reason is given"
	}
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "(secret)")
		}
	}
	return clip(strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), ""), 300)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
