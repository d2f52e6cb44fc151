package inference

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/common/config"
)

// A Config says which model is asked, and how. URL, Model, Length and Step are
// needed.
type Config struct {
	URL     string // base URL without /v2: "http://lstm.models.svc.cluster.local"
	Model   string // as the server knows it
	Version string // the server chooses if empty

	Input  string // name of the tensor that takes the histories; "history" if empty
	Output string // name of the tensor that gives the forecasts; "forecast" if empty

	Length int           // samples of history that the model takes
	Step   time.Duration // between samples, as the model was trained; a series' step has to divide it

	Timeout  time.Duration // of one request, its second attempt included; 5s if zero
	MaxBatch int           // histories in one request; 32 if zero
	MaxBytes int64         // of one answer; 16 MiB if zero

	TokenFile    string // holds a bearer token; read anew for each request
	Username     string // for basic auth
	PasswordFile string // for basic auth; read anew for each request

	CAFile             string // PEM; the system's authorities if empty
	CertFile, KeyFile  string // PEM; the client's own certificate
	ServerName         string // expected in the server's certificate; the URL's host if empty
	InsecureSkipVerify bool   // accept any certificate

	Headers map[string]string // sent with each request; "Host" is for a server behind a shared gateway

	// HTTPClient is used as it is, if set, for what the settings cannot say.
	// Credentials, certificates and headers are its business then.
	HTTPClient *http.Client
}

func (c Config) withDefaults() Config {
	c.Input = defaultTo(c.Input, "history")
	c.Output = defaultTo(c.Output, "forecast")
	c.Timeout = defaultTo(c.Timeout, 5*time.Second)
	c.MaxBatch = defaultTo(c.MaxBatch, 32)
	c.MaxBytes = defaultTo(c.MaxBytes, 16<<20)
	return c
}

func defaultTo[T string | int | int64 | time.Duration](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// validate returns every problem of c, with defaults filled in.
func (c Config) validate() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	if err := checkURL(c.URL); err != nil {
		errs = append(errs, err)
	}
	add(c.Model == "", "model: not set; give the name that the server knows it by")
	add(c.Model == "." || c.Model == "..", "model: %q is no name", c.Model)
	add(c.Version == "." || c.Version == "..", "version: %q is no version", c.Version)
	add(c.Length < 1, "length: %d; give the samples of history that the model takes", c.Length)
	add(c.Step <= 0, "step: %s; give the step that the model was trained on", c.Step)
	add(c.Timeout < 0, "timeout: %s is negative", c.Timeout)
	add(c.MaxBatch < 0, "max batch: %d is negative", c.MaxBatch)
	add(c.MaxBytes < 0, "max bytes: %d is negative", c.MaxBytes)
	add(c.Username == "" && c.PasswordFile != "", "credentials: a password file without a username")
	add(c.Username != "" && c.TokenFile != "", "credentials: both a token file and a username are set; want one of them")
	add(c.HTTPClient != nil && c.ownTransport(), "http client: it brings its own credentials, certificates and headers; set one or the other")
	for _, f := range []string{c.TokenFile, c.PasswordFile, c.CAFile, c.CertFile, c.KeyFile} {
		if f == "" {
			continue
		}
		if _, err := os.ReadFile(f); err != nil {
			errs = append(errs, fmt.Errorf("credentials: %w", err))
		}
	}
	return errors.Join(errs...)
}

// ownTransport reports whether c says anything of how the server is reached.
func (c Config) ownTransport() bool {
	return c.TokenFile != "" || c.Username != "" || c.PasswordFile != "" || c.CAFile != "" || c.CertFile != "" || c.KeyFile != "" ||
		c.ServerName != "" || c.InsecureSkipVerify || len(c.Headers) > 0
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return errors.New("url: not set; give something like http://lstm.models.svc.cluster.local")
	case err != nil:
		return errors.New("url: it does not parse; want http://host:port or https://host:port") // the cause would show a password
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("url: %q: want http://host:port or https://host:port", u.Redacted())
	case strings.Contains(u.Path+"/", "/v2/"):
		return fmt.Errorf("url: %q: want the base URL, without /v2", u.Redacted())
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("url: %q: want no query and no fragment", u.Redacted())
	}
	return nil
}

// client returns the HTTP client that c asks for.
func (c Config) client() (*http.Client, error) {
	if c.HTTPClient != nil {
		return c.HTTPClient, nil
	}
	cfg := config.DefaultHTTPClientConfig
	cfg.ProxyFromEnvironment = true
	cfg.EnableHTTP2 = false     // it hides why a handshake failed, and a few connections are enough
	cfg.FollowRedirects = false // a redirected POST arrives as a GET
	cfg.TLSConfig = config.TLSConfig{CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
		ServerName: c.ServerName, InsecureSkipVerify: c.InsecureSkipVerify}
	if c.TokenFile != "" {
		cfg.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: c.TokenFile}
	}
	if c.Username != "" {
		cfg.BasicAuth = &config.BasicAuth{Username: c.Username, PasswordFile: c.PasswordFile}
	}
	options := []config.HTTPClientOption{config.WithUserAgent("highwater")}
	headers := maps.Clone(c.Headers)
	for k, v := range headers {
		if http.CanonicalHeaderKey(k) == "Host" {
			options = append(options, config.WithHost(v))
			delete(headers, k)
		}
	}
	if len(headers) > 0 {
		cfg.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{}}
		for k, v := range headers {
			cfg.HTTPHeaders.Headers[k] = config.Header{Values: []string{v}}
		}
		if err := cfg.HTTPHeaders.Validate(); err != nil {
			return nil, fmt.Errorf("header: %w", err)
		}
	}
	if err := cfg.TLSConfig.Validate(); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return config.NewClientFromConfig(cfg, "inference", options...)
}
