package inference_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/inference"
)

func TestFaultsOfAServer(t *testing.T) {
	ok := `{"outputs":[{"name":"forecast","datatype":"FP32","shape":[1,2],"data":[1,2]}]}`
	output := func(rest string) string { return `{"outputs":[{"name":"forecast",` + rest + `}]}` }
	f := func(name string, status int, body string, kind inference.Kind, want string, attempts int32) {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			var n atomic.Int32
			s.infer = func(w http.ResponseWriter, _ *http.Request, _ request) {
				n.Add(1)
				w.WriteHeader(status)
				fmt.Fprint(w, body)
			}
			e := expert(t, s.URL, func(c *inference.Config) { c.MaxBytes = 2000 })
			_, err := e.Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 2)
			wantKind(t, err, kind, want)
			if n.Load() != attempts {
				t.Errorf("%d attempts, want %d", n.Load(), attempts)
			}
		})
	}
	f("none", 200, ok, "", "", 1)
	f("401", 401, "", inference.Unauthorized, "no credential is set", 1)
	f("403 with a page", 403, "<html>", inference.Unauthorized, "a web page", 1)
	f("unknown to MLServer", 404, `{"error":"Model lstm not found"}`, inference.UnknownModel, "Model lstm not found", 1)
	f("unknown to Triton", 400, `{"error":"Request for unknown model: 'lstm' is not found"}`, inference.UnknownModel, "'lstm' is not found", 1)
	f("not ready", 400, `{"error":"Model lstm is not ready yet."}`, inference.NotReady, "not ready yet", 1)
	f("404", 404, "404 page not found", inference.NotProtocol, "without /v2", 1)
	f("404 of FastAPI", 404, `{"detail":"Not Found"}`, inference.NotProtocol, "without /v2", 1)
	f("400", 400, `{"error":"history is [1, 2],\n not [n, 96]"}`, inference.Refused, "answers 400: history is [1, 2], not [n, 96]", 1)
	f("422", 422, `{"detail":[{"msg":"Field required"}]}`, inference.Refused, "Field required", 1)
	f("429", 429, "slow down", inference.Overloaded, "answers 429: slow down", 1)
	f("500", 500, "Internal Server Error", inference.ServerError, "answers 500: Internal Server Error", 1)
	f("500 with a long story", 500, strings.Repeat("x ", 900), inference.ServerError, "…", 1)
	f("502", 502, "", inference.ServerError, "answers 502: an empty answer", 2)
	f("503", 503, `{"error":"no workers"}`, inference.Overloaded, "answers 503: no workers", 2)
	f("504", 504, "", inference.Timeout, "a proxy", 1)
	f("a redirect", 302, "", inference.NotProtocol, "sends elsewhere", 1)
	f("empty", 200, "", inference.NotProtocol, "does not parse", 1)
	f("a login page", 200, "<html>Log in</html>", inference.NotProtocol, "Log in", 1)
	f("truncated", 200, ok[:len(ok)-9], inference.NotProtocol, "unexpected end of JSON input", 1)
	f("more after it", 200, ok+"{}", inference.NotProtocol, "after top-level value", 1)
	f("an array", 200, "[1,2]", inference.NotProtocol, "does not parse", 1)
	f("too long", 200, ok+strings.Repeat(" ", 2000), inference.TooLarge, "longer than 2000 bytes", 1)
	f("an error in 200", 200, `{"error":"oh"}`, inference.NotProtocol, "no outputs", 1)
	f("another output", 200, `{"outputs":[{"name":"a"},{"name":"b"}]}`, inference.Mismatch, `no output "forecast", but a, b`, 1)
	f("integers", 200, output(`"datatype":"INT64","shape":[1,2],"data":[1,2]`), inference.Mismatch, `is "INT64"; want FP32 or FP64`, 1)
	f("no datatype", 200, output(`"shape":[1,2],"data":[1,2]`), inference.Mismatch, `is ""`, 1)
	f("short of the horizon", 200, output(`"datatype":"FP32","shape":[1,1],"data":[1]`), inference.Mismatch, "its horizon is 1 steps, and 2 are asked for", 1)
	f("a flat shape", 200, output(`"datatype":"FP32","shape":[2],"data":[1,2]`), inference.Mismatch, "[2]; want [1, H]", 1)
	f("another batch", 200, output(`"datatype":"FP32","shape":[2,2],"data":[1,2,3,4]`), inference.Mismatch, "[2 2]; want [1, H]", 1)
	f("two columns", 200, output(`"datatype":"FP32","shape":[1,2,2],"data":[1,2,3,4]`), inference.Mismatch, "[1 2 2]", 1)
	f("fewer values", 200, output(`"datatype":"FP32","shape":[1,3],"data":[1,2]`), inference.Mismatch, "2 values where its shape says 3", 1)
	f("a vast shape", 200, output(`"datatype":"FP32","shape":[1,4611686018427387904],"data":[1,2]`), inference.Mismatch, "fewer values", 1)
	f("fewer rows", 200, output(`"datatype":"FP32","shape":[1,2],"data":[[1],[2]]`), inference.Mismatch, "2 rows where its shape says 1", 1)
	f("no data", 200, output(`"datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}`), inference.Mismatch, "fewer values", 1)
	f("words", 200, output(`"datatype":"FP32","shape":[1,2],"data":["1","2"]`), inference.NotProtocol, "no array of numbers", 1)
	f("null", 200, output(`"datatype":"FP32","shape":[1,2],"data":[1,null]`), inference.NotFinite, "null", 1)
	f("NaN", 200, output(`"datatype":"FP32","shape":[1,2],"data":[1,NaN]`), inference.NotFinite, "NaN", 1)
	f("no load", 200, output(`"datatype":"FP32","shape":[1,2],"data":[1,2e18]`), inference.NotFinite, "2e+18", 1)
	f("beyond a float", 200, output(`"datatype":"FP32","shape":[1,2],"data":[1,1e999]`), inference.NotProtocol, "1e999", 1)
}

func TestOneMoreAttempt(t *testing.T) {
	reset := func(w http.ResponseWriter) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			c.Close()
		}
	}
	f := func(name string, first func(http.ResponseWriter)) {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			var n atomic.Int32
			s.any = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodGet || n.Add(1) > 1 {
					return false
				}
				_, _ = io.Copy(io.Discard, r.Body)
				first(w)
				return true
			}
			if _, err := expert(t, s.URL).Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 2); err != nil {
				t.Fatal(err)
			}
			if n.Load() != 2 {
				t.Errorf("%d attempts", n.Load())
			}
		})
	}
	f("after a broken connection", reset)
	f("after 503", func(w http.ResponseWriter) { w.WriteHeader(503) })
	f("after 503, when it says", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "1"); w.WriteHeader(503) })

	t.Run("not if it would come too late", func(t *testing.T) {
		s := serve(t)
		s.any = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(503)
			return true
		}
		begin := time.Now()
		wantKind(t, expert(t, s.URL).Check(t.Context()), inference.NotReady, "the server is not ready", "answers 503")
		if d := time.Since(begin); d > time.Second || len(s.paths) != 2 {
			t.Errorf("%v after %s", s.paths, d)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		s := serve(t)
		s.Close()
		_, err := expert(t, s.URL).Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 2)
		wantKind(t, err, inference.Unreachable, "refused")
	})
}

func TestAServerThatHangs(t *testing.T) {
	hang := func(t *testing.T) *server {
		s := serve(t)
		done := make(chan struct{})
		t.Cleanup(func() { close(done) })
		s.infer = func(w http.ResponseWriter, r *http.Request, _ request) {
			fmt.Fprint(w, `{"outputs":`) // even within an answer
			_ = http.NewResponseController(w).Flush()
			select {
			case <-done:
			case <-r.Context().Done():
			}
		}
		return s
	}
	one := []forecast.Series{steps(3, time.Minute)}
	f := func(name string, ctx func(context.Context) (context.Context, context.CancelFunc), timeout time.Duration, kind inference.Kind, is error) {
		t.Run(name, func(t *testing.T) {
			c, cancel := ctx(t.Context())
			defer cancel()
			begin := time.Now()
			_, err := expert(t, hang(t).URL, func(c *inference.Config) { c.Timeout = timeout }).Forecast(c, one, 2)
			wantKind(t, err, kind, is.Error())
			if d := time.Since(begin); d > 2*time.Second {
				t.Errorf("after %s", d)
			}
		})
	}
	f("is left at the timeout", context.WithCancel, 200*time.Millisecond, inference.Timeout, context.DeadlineExceeded)
	f("is left at the caller's deadline", func(c context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(c, 200*time.Millisecond)
	}, time.Minute, inference.Timeout, context.DeadlineExceeded)
	f("is left when the caller gives up", func(c context.Context) (context.Context, context.CancelFunc) {
		c, cancel := context.WithCancel(c)
		time.AfterFunc(200*time.Millisecond, cancel)
		return c, cancel
	}, time.Minute, inference.Canceled, context.Canceled)
}

func TestTheContractIsReadAgainAfterAFailure(t *testing.T) {
	s := serve(t)
	e := expert(t, s.URL)
	ask := func() error {
		_, err := e.Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 2)
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	s.metadata = strings.ReplaceAll(plain, "FP32", "FP64")
	s.infer = func(w http.ResponseWriter, _ *http.Request, q request) {
		if q.Inputs[0].Datatype != "FP64" {
			w.WriteHeader(http.StatusBadRequest)
		} else {
			fmt.Fprint(w, `{"outputs":[{"name":"forecast","datatype":"FP64","shape":[1,2],"data":[1,2]}]}`)
		}
	}
	wantKind(t, ask(), inference.Refused)
	if err := ask(); err != nil {
		t.Error(err)
	}
}

func TestCheckTellsTheServerFromTheModel(t *testing.T) {
	f := func(name string, answers map[string]int, body string, kind inference.Kind, want string) {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			s.any = func(w http.ResponseWriter, r *http.Request) bool {
				status, ok := answers[r.URL.Path]
				if ok {
					w.WriteHeader(status)
					fmt.Fprint(w, body)
				}
				return ok
			}
			wantKind(t, expert(t, s.URL).Check(t.Context()), kind, want)
		})
	}
	model, health := "/v2/models/lstm/ready", "/v2/health/ready"
	f("ready", nil, "", "", "")
	f("ready in words", map[string]int{model: 200}, `{"name":"lstm","ready":true}`, "", "")
	f("not ready in words", map[string]int{model: 200}, `{"name":"lstm","ready":false}`, inference.NotReady, "the model is not")
	f("loading", map[string]int{model: 400}, "", inference.NotReady, "the server is ready, but the model is not")
	f("starting", map[string]int{model: 400, health: 400}, "", inference.NotReady, "the server is not ready")
	f("unknown", map[string]int{model: 404}, `{"error":"Model lstm not found"}`, inference.UnknownModel, "Model lstm not found")
	f("another server", map[string]int{model: 404}, "404 page not found", inference.NotProtocol, "is the URL right?")
}
