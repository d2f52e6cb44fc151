package history_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
	"github.com/highwater-dev/highwater/history/login"
)

// guard puts a proxy before a server that lets in what check has nothing against;
// what it has is the answer, with the status.
func guard(t *testing.T, addr string, check func(*http.Request) (int, string)) string {
	t.Helper()
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, body := check(r); status != 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// forty days of hours, as a managed store keeps them.
const hours = 40 * 24

func TestLogInToARealServer(t *testing.T) {
	binary(t)
	dir := t.TempDir()
	db, err := embedded.NewDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().Add(-hours * time.Hour).Truncate(time.Hour)
	series, err := embedded.ParseSeries(`load{app="web", path="/a b+c&d=é"}`)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float64, hours*60)
	for i := range values {
		values[i] = float64(i)
	}
	if err := db.Append(series, minutes(start, values...)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	addr := serve(t, dir, "", "")
	ready(t, client(t, history.ClientOptions{URL: "http://" + addr}))

	// read asks for all of it, with what is awkward to sign in the query and in the parameters.
	read := func(o history.ClientOptions) error {
		o.MaxAttempts, o.Params = 2, map[string]string{"dedup": "a b&c"}
		res, err := history.NewReader(client(t, o), history.ReaderOptions{}).Read(t.Context(),
			history.Query{Expr: `sum(load{path=~"/a b[+]c&d=é"}) > -1`}, start, start.Add((hours-1)*time.Hour), time.Hour)
		if err == nil && res.Quality.Points != hours {
			t.Errorf("%d points, want %d", res.Quality.Points, hours)
		}
		return err
	}
	refused := func(err error, kind history.Kind, says ...string) {
		t.Helper()
		if history.KindOf(err) != kind {
			t.Fatalf("%q (%v), want %q", history.KindOf(err), err, kind)
		}
		for _, s := range says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%v\nwant %q in it", err, s)
			}
		}
		if strings.Contains(err.Error(), "--prometheus-token-file") {
			t.Errorf("%v\nnames a log-in that is not the one", err)
		}
	}

	t.Run("AWS", func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "key")
		t.Setenv("AWS_SESSION_TOKEN", "session")
		store := guard(t, addr, signedWith(t, aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "key", SessionToken: "session"}))
		if err := read(history.ClientOptions{URL: store, Login: login.Options{SigV4: &login.SigV4{Region: "eu-west-1"}}}); err != nil {
			t.Error(err)
		}
		refused(read(history.ClientOptions{URL: store, Login: login.Options{SigV4: &login.SigV4{Region: "us-east-1"}}}), history.Unauthorized,
			"answers 403 (The request signature we calculated does not match", "prometheus.sigv4 (region us-east-1, credentials of AWS_ACCESS_KEY_ID)", "aps:QueryMetrics")
	})
	t.Run("OAuth2", func(t *testing.T) {
		var mu sync.Mutex
		answer, status, given := `{"access_token":"abc","token_type":"Bearer","expires_in":300}`, 200, 0
		tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			given++
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, answer)
		}))
		defer tokens.Close()
		store := guard(t, addr, func(r *http.Request) (int, string) {
			if r.Header.Get("Authorization") != "Bearer abc" {
				return 401, `{"error":"token is not valid"}`
			}
			return 0, ""
		})
		secret := t.TempDir() + "/secret"
		writeFile(t, secret, "hunter2\n")
		options := history.ClientOptions{URL: store, Login: login.Options{OAuth2: &login.OAuth2{TokenURL: tokens.URL, ClientID: "highwater", ClientSecretFile: secret}}}
		if err := read(options); err != nil || given != 1 {
			t.Errorf("%v, %d tokens for two requests", err, given)
		}
		answer = `{"access_token":"other","token_type":"Bearer"}`
		refused(read(options), history.Unauthorized, "answers 401 (token is not valid)", "prometheus.oauth2 (client highwater of "+tokens.URL+")")
		answer, status = `{"error":"unauthorized_client","error_description":"Invalid client secret"}`, 401
		refused(read(options), history.Unauthorized, "no log-in to "+store+": prometheus.oauth2: token endpoint "+tokens.URL+" answers 401: unauthorized_client: Invalid client secret")
		answer, status = `sorry`, 502
		refused(read(options), history.Unreachable, "answers 502: sorry", "(2 attempts)")
	})
	t.Run("a namespace, as OpenShift's tenancy port wants it", func(t *testing.T) {
		store := guard(t, addr, func(r *http.Request) (int, string) {
			if r.URL.Query().Get("dedup") == "" || r.URL.Query().Get("namespace") != "shop" {
				return 400, `Bad Request. The "namespace" query parameter must be provided.`
			}
			return 0, ""
		})
		c := client(t, history.ClientOptions{URL: store, Params: map[string]string{"namespace": "shop", "dedup": "true"}})
		if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		store := guard(t, addr, func(*http.Request) (int, string) { return 403, `{"message":"Missing Authentication Token"}` })
		err := read(history.ClientOptions{URL: store})
		if history.KindOf(err) != history.Unauthorized || !strings.Contains(err.Error(), "answers 403 (Missing Authentication Token): no credential is set") || !strings.Contains(err.Error(), "oauth2, sigv4, azure, google") {
			t.Error(err)
		}
	})
}

// signedWith checks a request as AWS does: it signs it with AWS' own signer and
// compares. A range of more than 32 days is refused as there.
func signedWith(t *testing.T, keys aws.Credentials) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil || time.Since(at) > 5*time.Minute {
			return 403, `{"message":"Missing Authentication Token"}`
		}
		again, err := http.NewRequestWithContext(context.Background(), r.Method, "http://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			t.Error(err)
		}
		again.Header.Set("Content-Type", r.Header.Get("Content-Type"))
		sum := sha256.Sum256(body)
		if err := v4.NewSigner().SignHTTP(context.Background(), keys, again, hex.EncodeToString(sum[:]), "aps", "eu-west-1", at); err != nil {
			t.Error(err)
		}
		if r.Header.Get("Authorization") != again.Header.Get("Authorization") {
			return 403, `{"message":"The request signature we calculated does not match the signature you provided."}`
		}
		form, _ := url.ParseQuery(string(body))
		var from, to float64
		_, _ = fmt.Sscan(form.Get("start"), &from)
		_, _ = fmt.Sscan(form.Get("end"), &to)
		if to-from > 32*24*3600 {
			t.Errorf("a range of %.0f days was asked for", (to-from)/86400)
			return 422, `{"error":"time range cannot exceed 32 days"}`
		}
		return 0, ""
	}
}
