package inference_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/inference"
)

func TestWhatIsSentWithEachRequest(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t)
	var got []string
	s.any = func(_ http.ResponseWriter, r *http.Request) bool {
		got = append(got, fmt.Sprint(r.Host, " ", r.Header["Authorization"], r.Header["X-Team"], r.Header["Content-Type"], r.Header["User-Agent"]))
		return false
	}
	e := expert(t, s.URL+"/seldon/", func(c *inference.Config) {
		c.Model, c.Version, c.TokenFile = "a b/c", "3", token
		c.Headers = map[string]string{"X-Team": "shop", "host": "lstm.models.example"}
	})
	if _, err := e.Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 2); err != nil {
		t.Fatal(err)
	}
	if want := []string{
		"lstm.models.example [Bearer s3cret] [shop] [] [highwater]",
		"lstm.models.example [Bearer s3cret] [shop] [application/json] [highwater]",
	}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if want := []string{"GET /seldon/v2/models/a%20b%2Fc/versions/3", "POST /seldon/v2/models/a%20b%2Fc/versions/3/infer"}; !slices.Equal(s.paths, want) {
		t.Errorf("%q", s.paths)
	}
	if e.Name() != "a b/c/3" {
		t.Error(e.Name())
	}
	if err := os.Remove(token); err != nil {
		t.Fatal(err)
	}
	_, err := e.Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 2)
	if inference.KindOf(err) != inference.Unauthorized {
		t.Errorf("%v without the token's file", err)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(serve(t))
	t.Cleanup(s.Close)
	wantKind(t, expert(t, s.URL).Check(t.Context()), inference.TLS, "name that authority's certificate as the CA file")
	wantKind(t, expert(t, strings.Replace(s.URL, "https", "http", 1)).Check(t.Context()), inference.TLS, "use https://")
	wantKind(t, expert(t, strings.Replace(serve(t).URL, "http", "https", 1)).Check(t.Context()), inference.TLS, "use http://")
	for name, change := range map[string]func(*inference.Config){
		"insecure":   func(c *inference.Config) { c.InsecureSkipVerify = true },
		"own client": func(c *inference.Config) { c.HTTPClient = s.Client() },
	} {
		if err := expert(t, s.URL, change).Check(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigNamesEveryProblem(t *testing.T) {
	f := func(c inference.Config, want ...string) {
		t.Helper()
		_, err := inference.New(c)
		if err == nil || len(strings.Split(err.Error(), "\n")) != len(want) {
			t.Fatalf("%v, want %d problems", err, len(want))
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%v\nwant %q", err, w)
			}
		}
	}
	f(inference.Config{}, "url: not set", "model: not set", "length: 0", "step: 0s")
	ok := inference.Config{URL: "http://u:p4ss@h", Model: "m", Length: 1, Step: 1}
	with := func(change func(*inference.Config)) inference.Config {
		c := ok
		change(&c)
		return c
	}
	f(with(func(c *inference.Config) { c.URL = "http://h/v2/models" }), "without /v2")
	f(with(func(c *inference.Config) { c.URL = "lstm:8080" }), "want http://host:port")
	f(with(func(c *inference.Config) { c.URL = "http://h:x" }), "does not parse")
	f(with(func(c *inference.Config) { c.URL += "?a=b" }), `"http://u:xxxxx@h?a=b": want no query`)
	f(with(func(c *inference.Config) { c.Model, c.Version = "..", "." }), "model:", "version:")
	f(with(func(c *inference.Config) { c.Timeout, c.MaxBatch, c.MaxBytes = -1, -1, -1 }), "timeout:", "max batch:", "max bytes:")
	f(with(func(c *inference.Config) { c.TokenFile = "/nowhere/token" }), "/nowhere/token: no such file")
	f(with(func(c *inference.Config) { c.Username, c.TokenFile = "u", os.DevNull }), "both a token file and a username")
	f(with(func(c *inference.Config) { c.PasswordFile = os.DevNull }), "without a username")
	f(with(func(c *inference.Config) { c.CertFile = os.DevNull }), "key_file")
	f(with(func(c *inference.Config) { c.Headers = map[string]string{"Content-Type": "x"} }), "header: ")
	f(with(func(c *inference.Config) { c.HTTPClient, c.ServerName = http.DefaultClient, "x" }), "http client: it brings its own")
}
