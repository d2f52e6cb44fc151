package history_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
)

// These tests ask a real Prometheus server. scripts/e2e-binaries.sh prometheus
// builds one.

// binary finds the server: $HIGHWATER_PROMETHEUS_BIN, or the newest that the
// script has built.
func binary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("HIGHWATER_PROMETHEUS_BIN"); path != "" {
		return path
	}
	home, _ := os.UserHomeDir()
	found, _ := filepath.Glob(filepath.Join(home, ".cache/highwater/e2e/*/prometheus"))
	if len(found) == 0 {
		t.Skip("no Prometheus: set HIGHWATER_PROMETHEUS_BIN to its path, or run scripts/e2e-binaries.sh prometheus")
	}
	return found[len(found)-1]
}

// serve runs a server on the data in dir until the test ends and returns its
// address. It does not wait for it.
func serve(t *testing.T, dir, config, webConfig string, flags ...string) string {
	t.Helper()
	bin := binary(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	aside := t.TempDir()
	configFile, webFile := filepath.Join(aside, "prometheus.yml"), filepath.Join(aside, "web.yml")
	writeFile(t, configFile, config)
	writeFile(t, webFile, webConfig)
	logs, err := os.Create(filepath.Join(aside, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, append([]string{"--config.file", configFile, "--web.config.file", webFile, "--web.listen-address", addr,
		"--storage.tsdb.path", dir, "--storage.tsdb.retention.time", "10y", "--log.level", "warn"}, flags...)...)
	cmd.Stdout, cmd.Stderr = logs, logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			out, _ := os.ReadFile(logs.Name())
			t.Logf("prometheus said:\n%s", out)
		}
	})
	return addr
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ready waits until the server answers c.
func ready(t *testing.T, c *history.Client) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = c.Check(t.Context()); err == nil {
			return
		}
	}
	t.Fatal(err)
}

func TestServerAndEmbeddedAgree(t *testing.T) {
	t.Parallel()
	binary(t)
	dir := t.TempDir()
	db, err := embedded.NewDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// 25,000 minutes that end an hour ago, with a gap, a stale marker and a counter that restarts.
	const n = 25_000
	start := time.Now().Add(-n*time.Minute - time.Hour).Truncate(time.Minute)
	count, values, stops := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		values[i], count[i], stops[i] = float64(i%1440), float64(i%10_007)*60, 1
	}
	stops[20_000] = embedded.Stale
	for name, v := range map[string][]float64{`load{app="web"}`: values, `requests_total{app="web"}`: count, `stops`: stops[:20_001]} {
		series, err := embedded.ParseSeries(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Append(series, minutes(start, v[:12_000]...)); err != nil {
			t.Fatal(err)
		}
		if err := db.Append(series, minutes(start.Add(12_100*time.Minute), v[12_100:]...)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 150 {
		series := labels.FromStrings("__name__", "pods", "pod", fmt.Sprint(i))
		if err := db.Append(series, minutes(start.Add((n-1)*time.Minute), 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	local, err := embedded.OpenDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	addr := serve(t, dir, "", "", "--query.max-samples=30000")
	c := client(t, history.ClientOptions{URL: "http://" + addr, MaxAttempts: 2})
	ready(t, c)

	end := start.Add((n - 1) * time.Minute)
	o := history.ReaderOptions{ChunkPoints: 5000}
	for _, expr := range []string{`load{app="web"}`, `sum(rate(requests_total[2m]))`, `stops`, `sum(load) or vector(0)`} {
		remote, err := history.NewReader(c, o).Read(t.Context(), history.Query{Expr: expr}, start, end, time.Minute)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		here, err := history.NewReader(local, o).Read(t.Context(), history.Query{Expr: expr}, start, end, time.Minute)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if fmt.Sprint(remote.Series.Values) != fmt.Sprint(here.Series.Values) || remote.Quality != here.Quality {
			t.Errorf("%s: the server has %+v, the embedded engine %+v", expr, remote.Quality, here.Quality)
		}
		switch {
		case strings.HasPrefix(expr, "load"): // a lookback of 5m hides as much of the gap of 100
			if q := remote.Quality; q.Gaps != 1 || q.Missing != 96 || q.Points != n-96 {
				t.Errorf("%s: %+v", expr, q)
			}
		case strings.HasPrefix(expr, "sum(rate"):
			for i, v := range remote.Series.Values {
				if v < 0 || v > 1.01 { // 60 a minute; never negative, also where the counter restarts
					t.Fatalf("%s: %v at %d", expr, v, i)
				}
			}
		case expr == "stops":
			if last := remote.Series.End(); !last.Equal(start.Add(19_999 * time.Minute)) {
				t.Errorf("ends at %s, %s after the stale marker", last, last.Sub(start.Add(20_000*time.Minute)))
			}
		}
	}

	f := func(expr string, points int, kind history.Kind, want string) {
		t.Helper()
		_, _, err := c.QueryRange(t.Context(), expr, v1.Range{Start: start, End: start.Add(time.Duration(points-1) * time.Minute), Step: time.Minute})
		if history.KindOf(err) != kind || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s over %d points: %q (%v), want %q: %q", expr, points, history.KindOf(err), err, kind, want)
		}
	}
	f("load", 11_001, "", "") // it counts the steps
	f("load", 11_002, history.TooLarge, "maximum resolution of 11,000 points")
	f(`{__name__=~"load|requests_total|stops"}`, 11_000, history.TooLarge, "too many samples") // more than 30,000
	f("sum(", 10, history.BadQuery, `query "sum("`)
	f("load[5m]", 10, history.BadQuery, "range")
	f("load + on(x) load", 10, "", "")

	_, err = history.NewReader(c, history.ReaderOptions{}).Read(t.Context(), history.Query{Expr: "pods"}, end, end, time.Minute)
	if history.KindOf(err) != history.ManySeries || !strings.Contains(err.Error(), `gives more than one series where one is wanted (pods{pod="0"}, pods{pod="1"}): wrap it in sum(...)`) {
		t.Errorf("150 series: %v", err)
	}
	res, err := history.NewReader(c, history.ReaderOptions{}).Read(t.Context(), history.Query{Expr: "sum(rate(load[5m]))"}, end, end, time.Minute)
	if err != nil || !strings.Contains(strings.Join(res.Warnings, ""), "might not be a counter") {
		t.Errorf("warnings %q, %v", res.Warnings, err)
	}
	err = client(t, history.ClientOptions{URL: "http://" + addr + "/wrong", MaxAttempts: 2}).Check(t.Context())
	if history.KindOf(err) != history.NotPrometheus || !strings.Contains(err.Error(), "without /api/v1") {
		t.Errorf("wrong path: %v", err)
	}
	err = client(t, history.ClientOptions{URL: "https://" + addr, MaxAttempts: 2}).Check(t.Context())
	if history.KindOf(err) != history.TLS || !strings.Contains(err.Error(), "use http://") {
		t.Errorf("https to http: %v", err)
	}
	tenantProxy(t, addr)
}

// tenantProxy puts a proxy before the server that wants a tenant, as Mimir does.
func tenantProxy(t *testing.T, addr string) {
	t.Helper()
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Scope-OrgID") != "shop" {
			http.Error(w, "no org id", http.StatusUnauthorized)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	if err := client(t, history.ClientOptions{URL: proxy.URL}).Check(t.Context()); history.KindOf(err) != history.Unauthorized || !strings.Contains(err.Error(), "X-Scope-OrgID") {
		t.Errorf("without a tenant: %v", err)
	}
	if err := client(t, history.ClientOptions{URL: proxy.URL, Headers: map[string]string{"X-Scope-OrgID": "shop"}}).Check(t.Context()); err != nil {
		t.Errorf("with a tenant: %v", err)
	}
}

func TestServerThatWantsTLSAndAPassword(t *testing.T) {
	t.Parallel()
	binary(t)
	dir := t.TempDir()
	ca, other := newAuthority(t, dir, "ca"), newAuthority(t, dir, "other")
	ca.issue("server")
	web := fmt.Sprintf("tls_server_config: {cert_file: %q, key_file: %q}\nbasic_auth_users: {me: %q}\n", ca.path("server.crt"), ca.path("server.key"), swordfish)
	addr := serve(t, t.TempDir(), "", web)
	writeFile(t, ca.path("password"), "swordfish\n")
	writeFile(t, ca.path("wrong"), "haddock\n")

	good := history.ClientOptions{URL: "https://" + addr, CAFile: ca.path("ca.crt"), Username: "me", PasswordFile: ca.path("password"), MaxAttempts: 2}
	ready(t, client(t, good))
	f := func(name string, change func(*history.ClientOptions), kind history.Kind, want string) {
		t.Helper()
		o := good
		change(&o)
		err := client(t, o).Check(t.Context())
		if history.KindOf(err) != kind || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q (%v), want %q: %q", name, history.KindOf(err), err, kind, want)
		}
	}
	f("good", func(*history.ClientOptions) {}, "", "")
	f("no check", func(o *history.ClientOptions) { o.CAFile, o.InsecureSkipVerify = "", true }, "", "")
	f("wrong password", func(o *history.ClientOptions) { o.PasswordFile = ca.path("wrong") }, history.Unauthorized, "--prometheus-password-file "+ca.path("wrong"))
	f("wrong token", func(o *history.ClientOptions) { o.Username, o.PasswordFile, o.TokenFile = "", "", ca.path("wrong") }, history.Unauthorized, "--prometheus-token-file "+ca.path("wrong"))
	f("no credential", func(o *history.ClientOptions) { o.Username, o.PasswordFile = "", "" }, history.Unauthorized, "no credential is set")
	f("system's authorities", func(o *history.ClientOptions) { o.CAFile = "" }, history.TLS, "--prometheus-ca-file")
	f("wrong authority", func(o *history.ClientOptions) { o.CAFile = other.path("other.crt") }, history.TLS, "--prometheus-ca-file")
	f("wrong name", func(o *history.ClientOptions) { o.ServerName = "prometheus.monitoring" }, history.TLS, "--prometheus-server-name")
	f("http to https", func(o *history.ClientOptions) { o.URL = "http://" + addr }, history.TLS, "use https://")
}

// swordfish is bcrypt of "swordfish" with cost 4, by golang.org/x/crypto/bcrypt.
const swordfish = "$2a$04$pqs0qNnQHiD2kjr5QvtlaO9JhvOAtGg/s0tnVqbKyldorwpBvjv6K"

func TestServerThatWantsAClientCertificate(t *testing.T) {
	t.Parallel()
	binary(t)
	dir := t.TempDir()
	ca := newAuthority(t, dir, "ca")
	ca.issue("server")
	ca.issue("me")
	addr := serve(t, t.TempDir(), "", fmt.Sprintf("tls_server_config: {cert_file: %q, key_file: %q, client_ca_file: %q, client_auth_type: RequireAndVerifyClientCert}\n",
		ca.path("server.crt"), ca.path("server.key"), ca.path("ca.crt")))
	good := history.ClientOptions{URL: "https://" + addr, CAFile: ca.path("ca.crt"), CertFile: ca.path("me.crt"), KeyFile: ca.path("me.key"), MaxAttempts: 2}
	ready(t, client(t, good))
	bad := good
	bad.CertFile, bad.KeyFile = "", ""
	if err := client(t, bad).Check(t.Context()); history.KindOf(err) != history.TLS || !strings.Contains(err.Error(), "--prometheus-cert-file") {
		t.Errorf("without a certificate: %v", err)
	}
}

func TestScrapedSeriesEndsAndRestarts(t *testing.T) {
	t.Parallel()
	binary(t)
	// The target counts ten a scrape, then its process is gone, then it counts from zero again.
	var scrapes, offset atomic.Int64
	var gone atomic.Bool
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			http.Error(w, "restarting", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "# TYPE requests_total counter\nrequests_total %d\n", (scrapes.Add(1)-offset.Load())*10)
	}))
	t.Cleanup(target.Close)
	dir := t.TempDir()
	addr := serve(t, dir, fmt.Sprintf("global: {scrape_interval: 250ms, scrape_timeout: 250ms}\nscrape_configs: [{job_name: web, static_configs: [{targets: [%q]}]}]\n",
		strings.TrimPrefix(target.URL, "http://")), "", "--web.enable-admin-api", "--scrape.discovery-reload-interval=250ms")
	c := client(t, history.ClientOptions{URL: "http://" + addr})
	ready(t, c)
	wait := func(more int64) {
		t.Helper()
		for until, deadline := scrapes.Load()+more, time.Now().Add(15*time.Second); scrapes.Load() < until; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no scrapes")
			}
		}
	}
	wait(10)
	start := time.Now().Add(-time.Second)
	gone.Store(true)
	time.Sleep(1500 * time.Millisecond)
	offset.Store(scrapes.Load())
	gone.Store(false)
	wait(12)
	end := time.Now()

	check := func(what string, e history.Engine) {
		t.Helper()
		read := func(expr string) history.Result {
			t.Helper()
			res, err := history.NewReader(e, history.ReaderOptions{}).Read(t.Context(), history.Query{Expr: expr}, start, end, 250*time.Millisecond)
			if err != nil {
				t.Fatalf("%s: %s: %v", what, expr, err)
			}
			return res
		}
		// Without the stale marker the lookback of 5m would hide the gap.
		if q := read("requests_total").Quality; q.Gaps != 1 || q.Missing < 3 {
			t.Errorf("%s: requests_total: %+v, want one gap of a second or more", what, q)
		}
		for i, v := range read("sum(rate(requests_total[2s]))").Series.Values {
			if v > 100 { // ten a quarter of a second is 40
				t.Errorf("%s: rate %v at %d", what, v, i)
			}
		}
	}
	check("server", c)
	live, err := embedded.OpenDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	check("folder in use", live)

	resp, err := http.Post("http://"+addr+"/api/v1/admin/tsdb/snapshot", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	found, _ := filepath.Glob(filepath.Join(dir, "snapshots", "*"))
	if len(found) != 1 {
		t.Fatalf("snapshots %q", found)
	}
	snapshot, err := embedded.OpenDB(found[0], embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	check("snapshot", snapshot)
	if _, _, err := snapshot.QueryRange(context.Background(), "up", twoMinutes); err != nil {
		t.Error(err)
	}
}

// An authority signs certificates into a folder.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, dir, name string) *authority {
	a := &authority{t: t, dir: dir}
	a.cert, a.key = a.make(name, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	return a
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) issue(name string) {
	a.make(name, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, a.cert, a.key)
}

func (a *authority) make(name string, c, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	c.Subject = pkix.Name{CommonName: name}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	writeFile(a.t, a.path(name+".crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(a.t, a.path(name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	c, err = x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return c, key
}
