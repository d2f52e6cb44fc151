package history_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/highwater-dev/highwater/history"
)

// These servers show faults that a real Prometheus cannot be brought to show.
// All else is asked of a real one, in server_test.go.

const oneSeries = `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[0,"1"],[60,"2"]]}]},
	"warnings":["PromQL warning: mixed"],"infos":["not a counter"]}`

// answer is what a faulty server says to one request.
type answer struct {
	status int
	header [2]string
	body   string
	hang   bool
}

// faulty gives the answers in turn, the last one again and again.
func faulty(t *testing.T, answers ...answer) (*httptest.Server, *atomic.Int32) {
	var n atomic.Int32
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answers[min(int(n.Add(1)), len(answers))-1]
		if a.hang {
			_ = r.ParseForm() // or the server does not see the client go
			select {
			case <-done:
			case <-r.Context().Done():
			}
			return
		}
		if a.header[0] != "" {
			w.Header().Set(a.header[0], a.header[1])
		}
		w.WriteHeader(a.status)
		fmt.Fprint(w, a.body)
	}))
	t.Cleanup(func() { close(done); s.Close() })
	return s, &n
}

func client(t testing.TB, o history.ClientOptions) *history.Client {
	t.Helper()
	if o.Backoff == 0 {
		o.Backoff = time.Millisecond
	}
	c, err := history.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

var twoMinutes = v1.Range{Start: epoch, End: epoch.Add(time.Minute), Step: time.Minute}

func TestFaultsOfAServer(t *testing.T) {
	ok := answer{status: 200, body: oneSeries}
	html := answer{status: 200, header: [2]string{"Content-Type", "text/html; charset=utf-8"}, body: "<html>Log in</html>"}
	f := func(name string, attempts int, kind history.Kind, want string, answers ...answer) {
		t.Run(name, func(t *testing.T) {
			s, n := faulty(t, answers...)
			c := client(t, history.ClientOptions{URL: s.URL, Timeout: 200 * time.Millisecond, MaxAttempts: 3, MaxRetryAfter: time.Millisecond, MaxBytes: 1000})
			m, warnings, err := c.QueryRange(t.Context(), "load", twoMinutes)
			if got := history.KindOf(err); got != kind {
				t.Fatalf("%q (%v), want %q", got, err, kind)
			}
			if int(n.Load()) != attempts {
				t.Errorf("%d requests, want %d", n.Load(), attempts)
			}
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%v\nwant %q", err, want)
			}
			if err == nil && (len(m) != 1 || fmt.Sprint(warnings) != "[PromQL warning: mixed not a counter]") {
				t.Errorf("got %v, %v", m, warnings)
			}
		})
	}
	f("none", 1, "", "", ok)
	f("429 once", 2, "", "", answer{status: 429, header: [2]string{"Retry-After", "7"}}, ok)
	f("429", 3, history.Overloaded, "(3 attempts)", answer{status: 429, body: "too many outstanding requests"})
	f("503 once, to a date", 2, "", "", answer{status: 503, header: [2]string{"Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT"}}, ok)
	f("503", 3, history.Overloaded, "answers 503: Service Unavailable", answer{status: 503, body: "Service Unavailable"})
	f("502 with a page", 3, history.ServerError, "answers 502: server error: 502", answer{status: 502, body: "<html>bad gateway</html>"})
	f("500", 3, history.ServerError, "store is gone", answer{status: 500, body: `{"status":"error","errorType":"internal","error":"store is gone"}`})
	part := answer{status: 200, body: strings.Replace(oneSeries, "PromQL warning: mixed", "fetch series of store-7: rpc error: code = Unavailable", 1)}
	f("a part of the stores once", 2, "", "", part, ok)
	f("a part of the stores", 3, history.Partial, "--prometheus-allow-partial", part)
	f("a part of the storage nodes", 3, history.Partial, "isPartial", answer{status: 200, body: strings.Replace(oneSeries, `{"status"`, `{"isPartial": true, "status"`, 1)})
	f("all storage nodes", 1, "", "", answer{status: 200, body: strings.Replace(oneSeries, `{"status"`, `{"isPartial":false,"status"`, 1)})
	f("504 once", 2, "", "", answer{status: 504}, ok)
	f("hang once", 2, "", "", answer{hang: true}, ok)
	f("hang", 3, history.Timeout, "no answer", answer{hang: true})
	f("login page", 1, history.NotPrometheus, "answers 200 with text/html", html)
	f("404", 1, history.NotPrometheus, "without /api/v1", answer{status: 404, header: [2]string{"Content-Type", "text/plain"}, body: "404 page not found"})
	f("empty", 1, history.NotPrometheus, "is --prometheus-url right?", answer{status: 200})
	f("redirect to nowhere", 1, history.NotPrometheus, "answers 304", answer{status: 304})
	f("401", 1, history.Unauthorized, "no credential is set", answer{status: 401, body: "Unauthorized"})
	f("403", 2, history.Unauthorized, "answers 403", answer{status: 403}) // the official client tries GET after POST
	f("no tenant", 1, history.Unauthorized, "X-Scope-OrgID", answer{status: 401, body: "no org id"})
	f("400", 1, history.BadQuery, "bad thing", answer{status: 400, body: `{"status":"error","errorType":"bad_data","error":"bad thing"}`})
	f("422", 1, history.BadQuery, "many-to-many", answer{status: 422, body: `{"status":"error","errorType":"execution","error":"many-to-many"}`})
	f("too many samples", 1, history.TooLarge, "too many samples", answer{status: 422, body: `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`})
	f("too long", 1, history.TooLarge, "longer than 1000 bytes", answer{status: 200, body: oneSeries + strings.Repeat(" ", 2000)})
	f("long login page", 1, history.NotPrometheus, "answers 200 with text/html", answer{status: 200, header: html.header, body: html.body + strings.Repeat(" ", 2000)})
	f("two series", 1, history.ManySeries, `query "load": gives more than one series where one is wanted (load{pod="a"}, load{pod="b"}): wrap it in sum(...)`, answer{status: 200,
		body: `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"load","pod":"a"},"values":[[0,"1"]]},{"metric":{"__name__":"load","pod":"b"},"values":[[0,"1"]]}]}}`})
	f("histograms", 1, history.NotUsable, "histogram_count(...)", answer{status: 200,
		body: `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[0,{"count":"5"` + strings.Repeat(" ", 2000)})
	f("a vector", 1, history.NotPrometheus, "not a matrix", answer{status: 200, body: `{"status":"success","data":{"resultType":"vector","result":[]}}`})
}

func TestBrokenConnectionIsTriedAgain(t *testing.T) {
	n := atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 { // break off within the answer
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, oneSeries[:20])
			w.(http.Flusher).Flush()
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
			return
		}
		fmt.Fprint(w, oneSeries)
	}))
	t.Cleanup(s.Close)
	if _, _, err := client(t, history.ClientOptions{URL: s.URL}).QueryRange(t.Context(), "load", twoMinutes); err != nil || n.Load() != 2 {
		t.Errorf("%d requests, %v", n.Load(), err)
	}
}

func TestUnreachableServersAreNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	err = client(t, history.ClientOptions{URL: "http://" + l.Addr().String(), MaxAttempts: 2}).Check(t.Context())
	if history.KindOf(err) != history.Unreachable || !strings.Contains(err.Error(), "--prometheus-url") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
	err = client(t, history.ClientOptions{URL: "http://prometheus.invalid", MaxAttempts: 1}).Check(t.Context())
	if history.KindOf(err) != history.Unreachable || !strings.Contains(err.Error(), "prometheus.invalid") {
		t.Errorf("got %v", err)
	}
}

func TestNoAttemptGoesPastTheDeadline(t *testing.T) {
	s, n := faulty(t, answer{status: 429, header: [2]string{"Retry-After", "20"}})
	c := client(t, history.ClientOptions{URL: s.URL})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	start := time.Now()
	_, _, err := c.QueryRange(ctx, "load", twoMinutes)
	if history.KindOf(err) != history.Overloaded || time.Since(start) > 2*time.Second || n.Load() != 1 {
		t.Errorf("after %s and %d requests: %v", time.Since(start), n.Load(), err)
	}

	s, _ = faulty(t, answer{hang: true})
	c = client(t, history.ClientOptions{URL: s.URL})
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err = c.QueryRange(ctx, "load", twoMinutes); history.KindOf(err) != history.Timeout {
		t.Errorf("got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, err = c.QueryRange(ctx, "load", twoMinutes); history.KindOf(err) != history.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestRequestsUnderWayAreBounded(t *testing.T) {
	var now, most atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
		fmt.Fprint(w, oneSeries)
	}))
	t.Cleanup(s.Close)
	c := client(t, history.ClientOptions{URL: s.URL, MaxConcurrent: 2})
	done := make(chan error, 20)
	for range cap(done) {
		go func() {
			_, _, err := c.QueryRange(t.Context(), "load", twoMinutes)
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d requests at a time, want at most 2", most.Load())
	}
}

func TestCredentialsAreReadAnew(t *testing.T) {
	var got atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.Store(r.Header.Get("Authorization") + " " + r.Header.Get("X-Scope-OrgID") + " " + r.URL.Path)
		fmt.Fprint(w, oneSeries)
	}))
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "token")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one\n")
	c := client(t, history.ClientOptions{URL: s.URL + "/prometheus/", TokenFile: file, Headers: map[string]string{"X-Scope-OrgID": "shop"}, MaxAttempts: 1})
	for _, token := range []string{"one", "two"} {
		write(token + "\n")
		if _, _, err := c.QueryRange(t.Context(), "load", twoMinutes); err != nil {
			t.Fatal(err)
		}
		if want := "Bearer " + token + " shop /prometheus/api/v1/query_range"; got.Load() != want {
			t.Errorf("got %q, want %q", got.Load(), want)
		}
	}
	_ = os.Remove(file)
	if err := c.Check(t.Context()); history.KindOf(err) != history.Unauthorized || !strings.Contains(err.Error(), file) {
		t.Errorf("without the file: %v", err)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	f := func(o history.ClientOptions, want string) {
		t.Helper()
		if _, err := history.NewClient(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	const u = "http://prometheus:9090"
	f(history.ClientOptions{}, "--prometheus-url")
	f(history.ClientOptions{URL: "prometheus:9090"}, "http://host:port")
	f(history.ClientOptions{URL: "http://[::1"}, "prometheus URL")
	f(history.ClientOptions{URL: u + "/api/v1"}, "without /api/v1")
	f(history.ClientOptions{URL: u + "/api/v1/query"}, "without /api/v1")
	f(history.ClientOptions{URL: u + "?x=1"}, "no query")
	f(history.ClientOptions{URL: u, TokenFile: file + ".gone"}, "no such file")
	f(history.ClientOptions{URL: u, TokenFile: file, Username: "me"}, "want one of them")
	f(history.ClientOptions{URL: u, PasswordFile: file}, "without a username")
	f(history.ClientOptions{URL: u, CertFile: file}, "key")
	f(history.ClientOptions{URL: u, CAFile: file}, "CA")
	f(history.ClientOptions{URL: u, Headers: map[string]string{"Authorization": "x"}}, "Authorization")
}

// A store that refuses long ranges, by points or by days and in its own words, is read in pieces that it allows; it is not
// asked for more than it has refused again.
func TestRangeLimitsOfAStoreAreLearned(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		days  time.Duration
		step  time.Duration
		most  func(points int, span time.Duration) string // what it says against a range
		asked int                                         // requests at the most, for the first reading and the second
	}{
		"32 days": {60 * day, time.Hour, func(_ int, span time.Duration) string {
			return words(span > 32*day, "time range cannot exceed 32 days")
		}, 6},
		"7 days": {28 * day, time.Hour, func(_ int, span time.Duration) string {
			return words(span > 7*day, "the query time range exceeds the limit (query length: 29d0h, limit: 7d)")
		}, 14},
		"5000 points": {28 * day, 5 * time.Minute, func(n int, _ time.Duration) string {
			return words(n > 5000, "too many points for the given step: 8065; cannot exceed -search.maxPointsPerTimeseries=5000")
		}, 8},
		"too many loads": {28 * day, 5 * time.Minute, func(n int, _ time.Duration) string {
			return words(n > 600, "query processing would load too many samples into memory in query execution")
		}, 42},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				at := func(name string) time.Time {
					v, _ := strconv.ParseFloat(r.FormValue(name), 64)
					return time.Unix(int64(v), 0)
				}
				span := at("end").Sub(at("start"))
				if said := c.most(int(span/c.step)+1, span); said != "" {
					w.WriteHeader(http.StatusUnprocessableEntity)
					fmt.Fprintf(w, `{"status":"error","errorType":"execution","error":%q}`, said)
					return
				}
				var values []string
				for x := at("start"); !x.After(at("end")); x = x.Add(c.step) {
					values = append(values, fmt.Sprintf(`[%d,"7"]`, x.Unix()))
				}
				fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[%s]}]}}`, strings.Join(values, ","))
			}))
			t.Cleanup(s.Close)
			r := history.NewReader(client(t, history.ClientOptions{URL: s.URL}), history.ReaderOptions{Parallel: 1})
			from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			for range 2 {
				res, err := r.Read(t.Context(), history.Query{Expr: "load"}, from, from.Add(c.days), c.step)
				if err != nil {
					t.Fatal(err)
				}
				if want := int(c.days/c.step) + 1; res.Series.Len() != want || res.Quality.Missing != 0 {
					t.Errorf("%d samples, want %d", res.Series.Len(), want)
				}
			}
			if asked > c.asked {
				t.Errorf("%d requests, want %d at the most", asked, c.asked)
			}
		})
	}
}

// One query that reads too much for the store, in whatever pieces, does not make it read the others in small pieces.
func TestAQueryOfTooManySamplesIsNoLimitForOthers(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.FormValue("query") == "heavy" {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`)
			return
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[%s,"7"]]}]}}`, r.FormValue("end"))
	}))
	t.Cleanup(s.Close)
	r := history.NewReader(client(t, history.ClientOptions{URL: s.URL}), history.ReaderOptions{})
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, expr := range []string{"heavy", "light"} {
		most := map[string]int{"heavy": 12, "light": 1}[expr]
		asked = 0
		_, err := r.Read(t.Context(), history.Query{Expr: expr}, from, from.Add(3*24*time.Hour), time.Minute)
		if refused := history.KindOf(err) == history.TooLarge; refused != (expr == "heavy") {
			t.Errorf("%s: %v", expr, err)
		}
		if asked > most {
			t.Errorf("%s: %d requests, want %d at the most", expr, asked, most)
		}
	}
}

func words(said bool, text string) string {
	if said {
		return text
	}
	return ""
}

// What a store has to be told in the URL goes with each request.
func TestParametersOfTheURL(t *testing.T) {
	got := make(chan string, 2)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.URL.Query().Get("dedup") + " " + r.URL.Query().Get("partial_response") + " " + r.FormValue("query")
		fmt.Fprint(w, oneSeries)
	}))
	t.Cleanup(s.Close)
	c := client(t, history.ClientOptions{URL: s.URL, Params: map[string]string{"dedup": "true", "partial_response": "false"}})
	if _, _, err := c.QueryRange(t.Context(), "load", twoMinutes); err != nil {
		t.Fatal(err)
	}
	if q := <-got; q != "true false load" {
		t.Errorf("it was asked %q", q)
	}
}
