package history_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/highwater-dev/highwater/history"
)

// These servers answer with more than one can hold, as Prometheus does where a
// query lacks a sum and it does not know the parameter limit.

const (
	floodHead   = `{"status":"success","data":{"resultType":"matrix","result":[`
	floodLabels = `"__name__":"requests_per_second","namespace":"shop"`
)

// tenDays is what a Reader asks for at once.
var tenDays = v1.Range{Start: epoch, End: epoch.Add(9_999 * time.Minute), Step: time.Minute}

// points is JSON of a series' points.
func points(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `[%d,"%d.25"]`, epoch.Unix()+int64(i)*60, i)
	}
	return b.String()
}

// flood writes what next gives until the client is gone, and counts the bytes
// of all answers.
func flood(t *testing.T, next func(piece int) string) (*httptest.Server, *atomic.Int64) {
	var written atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; ; i++ {
			n, err := w.Write([]byte(next(i)))
			if written.Add(int64(n)); err != nil || written.Load() > 1<<30 {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	return s, &written
}

func TestFloodIsCutOff(t *testing.T) {
	ten := points(10_000)
	f := func(name string, kind history.Kind, want string, next func(piece int) string) {
		t.Run(name, func(t *testing.T) {
			s, written := flood(t, next)
			c := client(t, history.ClientOptions{URL: s.URL, Timeout: 20 * time.Second})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, _, err := c.QueryRange(t.Context(), "load", tenDays)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if history.KindOf(err) != kind || !strings.Contains(err.Error(), want) || len(err.Error()) > 1500 {
				t.Errorf("got %q: %v\nwant %q: %q", history.KindOf(err), err, kind, want)
			}
			if took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			// What the server can write beyond what was read is in the buffers of the sockets.
			if n := written.Load(); n > 24<<20 {
				t.Errorf("the server wrote %d MiB", n>>20)
			}
			// The server's part of it is what next makes.
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("%d MiB were allocated", n>>20)
			}
			t.Logf("%s; %d kB written, %d kB allocated by both", took.Round(time.Millisecond), written.Load()>>10, (after.TotalAlloc-before.TotalAlloc)>>10)
		})
	}
	long := strings.Repeat(`\"metric\":{é`, 3<<10)
	f("many series", history.ManySeries, `(requests_per_second{namespace="shop", pod="0"}, requests_per_second{namespace="shop", pod="1"}): wrap it in sum(...)`, func(i int) string {
		if i == 0 {
			return floodHead + `{"metric":{` + floodLabels + `,"pod":"0"},"values":[` + ten + `]}`
		}
		return fmt.Sprintf(`,{"metric":{%s,"pod":"%d"},"values":[%s]}`, floodLabels, i, ten)
	})
	f("many series of one point", history.ManySeries, `pod="1"}`, func(i int) string {
		if i == 0 {
			return floodHead + `{"metric":{` + floodLabels + `,"pod":"0"},"values":[[0,"1"]]}`
		}
		return fmt.Sprintf(`,{"metric":{%s,"pod":"%d"},"values":[[0,"1"]]}`, floodLabels, i)
	})
	f("series with long labels", history.ManySeries, `…): wrap it in sum(...)`, func(i int) string {
		if i == 0 {
			return floodHead + `{"metric":{"path":"` + long + `"},"values":[[0,"1"]]}`
		}
		return `,{"metric":{"path":"` + long + `"},"values":[[0,"1"]]}`
	})
	f("one series without an end", history.TooLarge, "wrap the query in sum(...)", func(i int) string {
		if i == 0 {
			return floodHead + `{"metric":{},"values":[[0,"1"]`
		}
		return "," + ten
	})
	f("a label without an end", history.TooLarge, "wrap the query in sum(...)", func(i int) string {
		if i == 0 {
			return floodHead + `{"metric":{"path":"`
		}
		return long
	})
	f("white space", history.TooLarge, "longer than", func(int) string { return strings.Repeat(" ", 1000) })
}

func TestFailureWithoutAnEndIsTold(t *testing.T) {
	var written atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		for written.Load() < 1<<30 {
			n, err := fmt.Fprint(w, strings.Repeat("many-to-many é ", 1000))
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	_, _, err := client(t, history.ClientOptions{URL: s.URL}).QueryRange(t.Context(), "load", twoMinutes)
	if history.KindOf(err) != history.BadQuery || !strings.Contains(err.Error(), "many-to-many") || len(err.Error()) > 500 || written.Load() > 24<<20 {
		t.Errorf("%d bytes written, %v", written.Load(), err)
	}
}

func TestLongestAnswerOfOneSeriesFits(t *testing.T) {
	var b strings.Builder
	for i := range 11_001 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `[%d.123,"-1.2345678901234567e-300"]`, epoch.Unix()+int64(i)*60)
	}
	labels := strings.Repeat(`\"metric\":{`, 1000)
	s, _ := faulty(t, answer{status: 200, body: floodHead + `{"metric":{"path":"` + labels + `"},"values":[` + b.String() + `]}]}}`})
	r := tenDays
	r.End = r.Start.Add(11_000 * r.Step)
	m, _, err := client(t, history.ClientOptions{URL: s.URL}).QueryRange(t.Context(), "load", r)
	if err != nil || len(m) != 1 || len(m[0].Values) != 11_001 || len(m[0].Metric["path"]) != 10_000 {
		t.Errorf("%d series, %v", len(m), err)
	}
}

func TestManySeriesSayWhereTheQueryIsFrom(t *testing.T) {
	s, n := faulty(t, answer{status: 200, body: floodHead + `{"metric":{"a":"1"},"values":[[0,"1"]]},{"metric":{"a":"2"},"values":[[0,"1"]]}]}}`})
	r := history.NewReader(client(t, history.ClientOptions{URL: s.URL}), history.ReaderOptions{ChunkPoints: 10})
	_, err := r.Read(t.Context(), history.Query{Expr: "load", From: "spec.load.query"}, epoch, epoch.Add(100*time.Minute), time.Minute)
	want := `query "load": (from spec.load.query) gives more than one series where one is wanted ({a="1"}, {a="2"}): wrap it in sum(...)`
	if history.KindOf(err) != history.ManySeries || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if n.Load() != 1 {
		t.Errorf("%d requests for a query that gives many series, want one", n.Load())
	}
}

// An answer of two minutes may take 64 KiB and 128 bytes, so that two fit.
func TestAnswersUnderWayStayWithinTheirBudget(t *testing.T) {
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
	f := func(budget int64, want int32) {
		t.Helper()
		most.Store(0)
		c := client(t, history.ClientOptions{URL: s.URL, MaxConcurrent: 20, MaxTotalBytes: budget})
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
		if most.Load() > want {
			t.Errorf("%d requests at a time, want at most %d", most.Load(), want)
		}
	}
	f(150_000, 2)
	f(1000, 1) // less than one takes
}

func TestWaitForTheBudgetIsNoRequest(t *testing.T) {
	s, n := faulty(t, answer{hang: true})
	c := client(t, history.ClientOptions{URL: s.URL, MaxTotalBytes: 1000})
	first, cancel := context.WithCancel(t.Context())
	defer cancel()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _, _ = c.QueryRange(first, "load", twoMinutes)
	}()
	for n.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, _, err := c.QueryRange(ctx, "load", twoMinutes)
	if history.KindOf(err) != history.Timeout || !strings.Contains(err.Error(), "waiting for 1000 of the 1000 bytes") || n.Load() != 1 {
		t.Errorf("%d requests, %v", n.Load(), err)
	}
	cancel()
	<-gone
}
