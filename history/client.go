package history

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/history/login"
)

// ClientOptions say how to reach a Prometheus server, or a store that speaks
// its API: Thanos, Mimir, VictoriaMetrics. Only URL is needed.
type ClientOptions struct {
	URL string // base URL without /api/v1: "https://mimir.example/prometheus"

	TokenFile    string        // holds a bearer token; read anew for each request
	Username     string        // for basic auth
	PasswordFile string        // for basic auth; read anew for each request
	Login        login.Options // in the place of both

	CAFile             string // PEM; the system's authorities if empty
	CertFile, KeyFile  string // PEM; the client's own certificate
	ServerName         string // expected in the server's certificate; the URL's host if empty
	InsecureSkipVerify bool   // accept any certificate

	Headers map[string]string // sent with each request: "X-Scope-OrgID"
	Params  map[string]string // of each request's URL: "dedup", "partial_response"

	// AllowPartial takes an answer of which the store says that it lacks a part.
	// What is missing then looks like less load.
	AllowPartial bool

	Timeout       time.Duration // of one attempt; 30s if zero
	MaxAttempts   int           // of one request; 4 if zero
	Backoff       time.Duration // before the second attempt, then doubled; 200ms if zero
	MaxRetryAfter time.Duration // longest wait that a Retry-After header can ask for; 30s if zero
	MaxConcurrent int           // requests under way at any time; 8 if zero
	MaxBytes      int64         // of one answer, whose points may ask for less; 64 MiB if zero
	MaxTotalBytes int64         // of all answers under way at any time; 32 MiB if zero
}

func (o ClientOptions) withDefaults() ClientOptions {
	o.Timeout = defaultTo(o.Timeout, 30*time.Second)
	o.MaxAttempts = defaultTo(o.MaxAttempts, 4)
	o.Backoff = defaultTo(o.Backoff, 200*time.Millisecond)
	o.MaxRetryAfter = defaultTo(o.MaxRetryAfter, 30*time.Second)
	o.MaxConcurrent = defaultTo(o.MaxConcurrent, 8)
	o.MaxBytes = defaultTo(o.MaxBytes, 64<<20)
	o.MaxTotalBytes = defaultTo(o.MaxTotalBytes, 32<<20)
	return o
}

func defaultTo[T int | int64 | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// A Client reads from a Prometheus server. It may be used by many goroutines.
type Client struct {
	opts   ClientOptions
	shown  string // the URL without a password, for messages
	host   string
	api    v1.API
	http   *http.Client
	slots  chan struct{} // one is held while a request is under way
	login  *login.Login  // nil if there is none
	budget *budget       // of the answers that are under way
}

// NewClient returns a Client. It reads the credential files once, to report a
// wrong path now, but asks the server nothing: see Check.
func NewClient(o ClientOptions) (*Client, error) {
	o = o.withDefaults()
	u, err := baseURL(o.URL)
	if err != nil {
		return nil, err
	}
	cfg, err := httpConfig(o)
	if err != nil {
		return nil, err
	}
	hc, err := config.NewClientFromConfig(cfg, "prometheus", config.WithUserAgent("highwater"))
	if err != nil {
		return nil, fmt.Errorf("prometheus client: %w", err)
	}
	in, err := login.New(o.Login, u)
	if err != nil {
		return nil, err
	}
	if in != nil {
		hc.Transport = in.Wrap(hc.Transport)
	}
	params := url.Values{}
	for k, v := range o.Params {
		params.Set(k, v)
	}
	hc.Transport = &recorder{next: hc.Transport, params: params}
	ac, err := api.NewClient(api.Config{Address: u.String(), Client: hc})
	if err != nil {
		return nil, fmt.Errorf("prometheus client: %w", err)
	}
	return &Client{opts: o, shown: u.Redacted(), host: u.Host, api: v1.NewAPI(ac), http: hc, login: in,
		slots: make(chan struct{}, o.MaxConcurrent), budget: newBudget(o.MaxTotalBytes)}, nil
}

func baseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, errors.New("prometheus URL is empty: set --prometheus-url to something like http://prometheus.monitoring:9090")
	case err != nil:
		return nil, errors.New("prometheus URL: it does not parse; want http://host:port or https://host:port") // the cause would show a password
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, fmt.Errorf("prometheus URL %q: want http://host:port or https://host:port", u.Redacted())
	case strings.Contains(u.Path+"/", "/api/v1/"):
		return nil, fmt.Errorf("prometheus URL %q: want the base URL, without /api/v1", u.Redacted())
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("prometheus URL %q: want no query and no fragment", u.Redacted())
	}
	return u, nil
}

// oneLogin refuses half a way to log in, and two of them.
func (o ClientOptions) oneLogin() error {
	names, basic := o.Login.Names(), o.Username != "" || o.PasswordFile != ""
	switch {
	case o.Username == "" && o.PasswordFile != "":
		return errors.New("prometheus credentials: a password file without a username")
	case basic && o.TokenFile != "":
		return errors.New("prometheus credentials: both a token file and a username are set; want one of them")
	case len(names) > 0 && (basic || o.TokenFile != ""):
		return fmt.Errorf("prometheus credentials: prometheus.%s, and a token file or a username; want one of them", names[0])
	}
	return nil
}

func httpConfig(o ClientOptions) (config.HTTPClientConfig, error) {
	cfg := config.DefaultHTTPClientConfig
	cfg.ProxyFromEnvironment = true
	cfg.EnableHTTP2 = false // it hides why a handshake failed, and a few connections are enough
	cfg.TLSConfig = config.TLSConfig{CAFile: o.CAFile, CertFile: o.CertFile, KeyFile: o.KeyFile,
		ServerName: o.ServerName, InsecureSkipVerify: o.InsecureSkipVerify}
	if o.TokenFile != "" {
		cfg.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: o.TokenFile}
	}
	if o.Username != "" || o.PasswordFile != "" {
		cfg.BasicAuth = &config.BasicAuth{Username: o.Username, PasswordFile: o.PasswordFile}
	}
	if len(o.Headers) > 0 {
		cfg.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{}}
		for k, v := range o.Headers {
			cfg.HTTPHeaders.Headers[k] = config.Header{Values: []string{v}}
		}
		if err := cfg.HTTPHeaders.Validate(); err != nil {
			return cfg, fmt.Errorf("prometheus header: %w", err)
		}
	}
	if err := o.oneLogin(); err != nil {
		return cfg, err
	}
	if err := cfg.TLSConfig.Validate(); err != nil {
		return cfg, fmt.Errorf("prometheus TLS: %w", err)
	}
	for _, f := range []string{o.TokenFile, o.PasswordFile, o.CAFile, o.CertFile, o.KeyFile} {
		if f == "" {
			continue
		}
		if _, err := os.ReadFile(f); err != nil {
			return cfg, fmt.Errorf("prometheus credentials: %w", err)
		}
	}
	if err := cfg.Validate(); err != nil {
		return cfg, fmt.Errorf("prometheus client: %w", err)
	}
	return cfg, nil
}

// enough is how many series are asked for: a second one shows that the query
// lacks a sum, and more are not needed to say so.
const enough = 2

// QueryRange evaluates expr at r.Start, r.Start+r.Step, … up to r.End. It makes
// several attempts if the server is overloaded, fails or does not answer, and
// never waits past ctx's deadline. An answer with more than one series is an
// error of kind ManySeries, and is read no further than to the second one's
// labels.
func (c *Client) QueryRange(ctx context.Context, expr string, r v1.Range) (model.Matrix, []string, error) {
	points := int64(1)
	if r.Step > 0 && r.End.After(r.Start) {
		points += int64(r.End.Sub(r.Start) / r.Step)
	}
	v, warnings, err := c.do(ctx, expr, answerBytes(points, c.opts.MaxBytes), func(ctx context.Context) (model.Value, v1.Warnings, v1.Infos, error) {
		v, warnings, infos, err := c.api.QueryRange(ctx, expr, r, v1.WithTimeout(c.opts.Timeout), v1.WithLimit(enough))
		if m, ok := v.(model.Matrix); ok && ctx.Value(exchangeKey{}).(*exchange).victoria {
			withoutInventedZeros(m, expr, r)
		}
		return v, warnings, infos, err
	})
	if err != nil {
		return nil, warnings, err
	}
	m, ok := v.(model.Matrix)
	if !ok {
		return nil, warnings, &Error{Kind: NotPrometheus, Query: expr, Err: fmt.Errorf("%s answered a range query with %T, not a matrix", c.shown, v)}
	}
	return m, warnings, nil
}

// Check asks the server for the number one: it reports a wrong URL, credential
// or certificate before anything depends on it.
func (c *Client) Check(ctx context.Context) error {
	_, _, err := c.do(ctx, "", answerBytes(1, c.opts.MaxBytes), func(ctx context.Context) (model.Value, v1.Warnings, v1.Infos, error) {
		return c.api.Query(ctx, "1", time.Time{}, v1.WithTimeout(c.opts.Timeout))
	})
	return err
}

// Tenant returns the tenant that is asked for, as Mimir and others know it; empty
// if none is named.
func (c *Client) Tenant() string {
	for name, value := range c.opts.Headers {
		if strings.EqualFold(name, "X-Scope-OrgID") {
			return value
		}
	}
	return ""
}

// Close closes the idle connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
