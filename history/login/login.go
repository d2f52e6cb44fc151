package login

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/common/config"
)

// A Login puts credentials on requests.
type Login struct {
	key    string // of the configuration: "prometheus.oauth2"
	who    string // what is known of the identity, for messages
	remedy string // what the identity has to be allowed
	scheme string // together with host, where credentials are sent to, and nowhere else
	host   string
	way    way
}

// A way adds credentials to a request of its own.
type way interface {
	sign(ctx context.Context, req *http.Request) error
	// refused says that the store did not accept them, and reports whether
	// others can be had.
	refused() bool
}

// New returns the log-in that o chooses for the store at that URL, and nil if it
// chooses none. It reads the files once, to report a wrong path now, and asks
// nobody.
func New(o Options, store *url.URL) (*Login, error) {
	names := o.Names()
	if len(names) == 0 {
		return nil, nil
	}
	if len(names) > 1 {
		return nil, fmt.Errorf("prometheus.%s: set only one", strings.Join(names, " and prometheus."))
	}
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("prometheus.%w", err)
	}
	l := &Login{key: "prometheus." + names[0], scheme: store.Scheme, host: store.Host}
	var err error
	switch {
	case o.OAuth2 != nil:
		err = l.oauth2(*o.OAuth2)
	case o.SigV4 != nil:
		err = l.sigV4(*o.SigV4, store)
	case o.Azure != nil:
		err = l.azure(*o.Azure)
	default:
		err = l.google(*o.Google)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.key, err)
	}
	return l, nil
}

// Remedy says how a request that the store refused was logged in, and what to
// check.
func (l *Login) Remedy() string {
	return fmt.Sprintf("the log-in is %s (%s) and gave credentials, which the store does not accept: %s", l.key, l.who, l.remedy)
}

// Hint names the log-in that the store at host is known to ask for, or nothing.
func Hint(host string) string {
	name, _, _ := strings.Cut(host, ":")
	switch {
	case regionOf(name) != "":
		return "prometheus.sigv4"
	case strings.Contains(name, ".prometheus.monitor.azure."):
		return "prometheus.azure"
	case name == "monitoring.googleapis.com":
		return "prometheus.google"
	}
	return ""
}

// Wrap returns a transport that logs in each request to the store. Others, such
// as those that a redirect leads to, go as they are.
func (l *Login) Wrap(next http.RoundTripper) http.RoundTripper {
	return &transport{Login: l, next: next}
}

type transport struct {
	*Login
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper. A token that the store refuses may have
// been revoked: another is fetched, once.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.host || req.URL.Scheme != t.scheme {
		return t.next.RoundTrip(req)
	}
	resp, err := t.send(req)
	again := err == nil && resp.StatusCode == http.StatusUnauthorized && (req.Body == nil || req.GetBody != nil) && t.way.refused()
	if !again {
		return resp, err
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 16<<10)
	_ = resp.Body.Close()
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = body
	}
	return t.send(req)
}

func (t *transport) send(req *http.Request) (*http.Response, error) {
	signed := req.Clone(req.Context())
	if err := t.way.sign(req.Context(), signed); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, &Error{Key: t.key, Temporary: temporary(err), Err: err}
	}
	return t.next.RoundTrip(signed)
}

func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// A bearer is a token in the header Authorization.
type bearer struct{ *renewed[string] }

func (b bearer) sign(ctx context.Context, req *http.Request) error {
	header, err := b.get(ctx)
	if err == nil {
		req.Header.Set("Authorization", header)
	}
	return err
}

// A file's content, which is given as one line.
func readSecret(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	s := strings.TrimSpace(string(b))
	if s == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return s, nil
}

// Whom an endpoint client goes through.
const (
	byProxy  = true  // HTTPS_PROXY and NO_PROXY are respected
	directly = false // what is on the node has no proxy before it
)

// newEndpointClient returns a client for token endpoints. It follows no redirect,
// which would take the secret elsewhere.
func newEndpointClient(caFile string, proxy bool) (*http.Client, error) {
	cfg := config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: caFile}, ProxyConfig: config.ProxyConfig{ProxyFromEnvironment: proxy}}
	c, err := config.NewClientFromConfig(cfg, "login", config.WithUserAgent("highwater"), config.WithKeepAlivesDisabled())
	if err != nil {
		return nil, err
	}
	c.Timeout = fetchTimeout + time.Second // the context is first
	return c, nil
}
