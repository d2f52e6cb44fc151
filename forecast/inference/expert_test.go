package inference_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/inference"
)

// These servers show faults that a real server cannot be brought to show, and
// count what they are asked. A real MLServer is asked in test/inference.

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// steps is a history of n steps that counts up from zero.
func steps(n int, step time.Duration) forecast.Series {
	s := forecast.Series{Start: start, Step: step, Values: make([]float64, n)}
	for i := range s.Values {
		s.Values[i] = float64(i)
	}
	return s
}

// A request is what a server was asked to infer.
type request struct {
	Inputs []struct {
		Name     string
		Shape    []int
		Datatype string
		Data     []float64
	}
	Outputs []struct{ Name string }
}

// A server serves a model that forecasts the last sample and one more at each
// step, four steps. Its fields may be set before it is asked.
type server struct {
	*httptest.Server
	metadata string                                            // answered for the model; 404 if empty
	infer    func(http.ResponseWriter, *http.Request, request) // answers inference, if set
	any      func(w http.ResponseWriter, r *http.Request) bool // sees each request first; true if it answered
	asked    []request
	paths    []string
}

const plain = `{"name":"lstm","inputs":[{"name":"history","datatype":"FP32","shape":[-1,3]}],"outputs":[{"name":"forecast","datatype":"FP32","shape":[-1,4]}]}`

func serve(t testing.TB) *server {
	s := &server{metadata: plain}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.paths = append(s.paths, r.Method+" "+r.URL.EscapedPath())
	if s.any != nil && s.any(w, r) {
		return
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/ready"):
	case r.Method == http.MethodGet && s.metadata == "":
		http.NotFound(w, r)
	case r.Method == http.MethodGet:
		fmt.Fprint(w, s.metadata)
	default:
		var q request
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.asked = append(s.asked, q)
		if s.infer != nil {
			s.infer(w, r, q)
			return
		}
		in := q.Inputs[0]
		var out []string
		for i := range in.Shape[0] {
			last := in.Data[(i+1)*in.Shape[1]-1]
			for h := range 4 {
				out = append(out, fmt.Sprint(last+float64(h)+1))
			}
		}
		fmt.Fprintf(w, `{"model_name":"lstm","outputs":[{"name":"forecast","datatype":"FP32","shape":[%d,4],"data":[%s]}]}`,
			in.Shape[0], strings.Join(out, ","))
	}
}

// expert asks a server for the model "lstm", which takes 3 samples of a minute.
func expert(t testing.TB, url string, change ...func(*inference.Config)) *inference.Expert {
	t.Helper()
	c := inference.Config{URL: url, Model: "lstm", Length: 3, Step: time.Minute, Timeout: 2 * time.Second}
	for _, f := range change {
		f(&c)
	}
	e, err := inference.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// wantKind fails t unless err is of the kind, names the model and the server and
// contains the words.
func wantKind(t *testing.T, err error, kind inference.Kind, words ...string) {
	t.Helper()
	if got := inference.KindOf(err); got != kind {
		t.Fatalf("%q (%v), want %q", got, err, kind)
	}
	for _, w := range append(words, "model lstm at http") {
		if err != nil && !strings.Contains(err.Error(), w) {
			t.Errorf("%v\nwant %q", err, w)
		}
	}
}

func TestAskedAsTheModelWants(t *testing.T) {
	one := []forecast.Series{steps(5, time.Minute)}
	two := append(slices.Clone(one), steps(3, time.Minute))
	f := func(name, inputs string, histories []forecast.Series, want ...string) {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			if inputs != "" {
				s.metadata = fmt.Sprintf(`{"name":"lstm","inputs":[%s],"outputs":[{"name":"forecast"}]}`, inputs)
			} else {
				s.metadata = ""
			}
			if _, err := expert(t, s.URL).Forecast(t.Context(), histories, 2); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, q := range s.asked {
				line := ""
				for _, in := range q.Inputs {
					line += fmt.Sprint(in.Name, in.Shape, in.Datatype, in.Data, " ")
				}
				got = append(got, line+fmt.Sprint(q.Outputs))
			}
			if !slices.Equal(got, want) {
				t.Errorf("asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	f("FP32", `{"name":"history","datatype":"FP32","shape":[-1,3]}`, two, "history[2 3]FP32[2 3 4 0 1 2] [{forecast}]")
	f("FP64", `{"name":"history","datatype":"FP64","shape":[-1,-1]}`, two, "history[2 3]FP64[2 3 4 0 1 2] [{forecast}]")
	f("a column", `{"name":"history","datatype":"FP32","shape":[-1,3,1]}`, two, "history[2 3 1]FP32[2 3 4 0 1 2] [{forecast}]")
	f("one at a time", `{"name":"history","datatype":"FP32","shape":[1,3]}`, two, "history[1 3]FP32[2 3 4] [{forecast}]", "history[1 3]FP32[0 1 2] [{forecast}]")
	f("no shape", `{"name":"history","datatype":"FP32"}`, one, "history[1 3]FP32[2 3 4] [{forecast}]")
	f("no metadata", "", one, "history[1 3]FP32[2 3 4] [{forecast}]")
	f("the horizon", `{"name":"history","datatype":"FP32","shape":[-1,3]},{"name":"horizon","datatype":"INT64","shape":[1]}`, two,
		"history[2 3]FP32[2 3 4 0 1 2] horizon[1]INT64[2] [{forecast}]")
	f("the horizon of each", `{"name":"horizon","datatype":"INT64","shape":[-1,1]},{"name":"history","datatype":"FP32","shape":[-1,3]}`, two,
		"history[2 3]FP32[2 3 4 0 1 2] horizon[2 1]INT64[2 2] [{forecast}]")
}

func TestMetadataThatDoesNotFit(t *testing.T) {
	f := func(metadata string, kind inference.Kind, want string) {
		t.Helper()
		s := serve(t)
		s.metadata = metadata
		e := expert(t, s.URL)
		_, err := e.Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 1)
		wantKind(t, err, kind, want)
		wantKind(t, e.Check(t.Context()), kind, want)
		if len(s.asked) > 0 {
			t.Error("asked nevertheless")
		}
	}
	f(`{"inputs":[{"name":"x","datatype":"FP32"},{"name":"y"}]}`, inference.Mismatch, `no input "history", but x, y`)
	f(`{"inputs":[{"name":"history","datatype":"INT32"}]}`, inference.Mismatch, `"history" is INT32; want FP32 or FP64`)
	f(`{"inputs":[{"name":"history","datatype":"FP32","shape":[-1,96]}]}`, inference.Mismatch, "[-1 96]; want [-1, 3]")
	f(`{"inputs":[{"name":"history","datatype":"FP32","shape":[3]}]}`, inference.Mismatch, "[3]; want [-1, 3]")
	f(`{"inputs":[{"name":"history","datatype":"FP32","shape":[8,3]}]}`, inference.Mismatch, "[8 3]")
	f(`{"inputs":[{"name":"history","datatype":"FP32","shape":[-1,3,2]}]}`, inference.Mismatch, "[-1 3 2]")
	f(`{"inputs":[{"name":"history","datatype":"FP32"},{"name":"horizon","datatype":"FP32","shape":[1]}]}`, inference.Mismatch, "want INT64 [1]")
	f(`{"outputs":[{"name":"mean"}]}`, inference.Mismatch, `no output "forecast", but mean`)
	f(`<html>`, inference.NotProtocol, "does not parse")
}

func TestManyHistoriesAreAskedInBatchesAndInOrder(t *testing.T) {
	s := serve(t)
	var histories []forecast.Series
	for n := range 7 {
		histories = append(histories, steps(3+n, time.Minute))
	}
	got, err := expert(t, s.URL, func(c *inference.Config) { c.MaxBatch = 3 }).Forecast(t.Context(), histories, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got { // history i ends with 2+i
		if !slices.Equal(p, []float64{float64(i + 3), float64(i + 4)}) {
			t.Errorf("history %d: %v", i, p)
		}
	}
	var sizes []int
	for _, q := range s.asked {
		sizes = append(sizes, q.Inputs[0].Shape[0])
	}
	if len(got) != 7 || !slices.Equal(sizes, []int{3, 3, 1}) {
		t.Errorf("%d paths in batches of %v", len(got), sizes)
	}
	if n := len(s.paths); n != 4 {
		t.Errorf("%d requests, want one for the metadata and three: %v", n, s.paths)
	}
}

func TestAFinerSeriesIsAveragedAndItsForecastHolds(t *testing.T) {
	s := serve(t)
	e := expert(t, s.URL, func(c *inference.Config) { c.Step = 3 * time.Minute })
	h := steps(11, time.Minute) // 0 1 are left out; 2 3 4, 5 6 7, 8 9 10
	got, err := e.Forecast(t.Context(), []forecast.Series{h}, 7)
	if err != nil {
		t.Fatal(err)
	}
	if in := s.asked[0].Inputs[0].Data; !slices.Equal(in, []float64{3, 6, 9}) {
		t.Errorf("asked %v", in)
	}
	if want := []float64{10, 10, 10, 11, 11, 11, 12}; !slices.Equal(got[0], want) {
		t.Errorf("%v, want %v", got[0], want)
	}
	if !reflect.DeepEqual(h, steps(11, time.Minute)) {
		t.Error("the history was changed")
	}
}

func TestHistoriesThatDoNotFit(t *testing.T) {
	nan := math.NaN()
	f := func(kind inference.Kind, want string, horizon int, histories ...forecast.Series) {
		t.Helper()
		s := serve(t)
		_, err := expert(t, s.URL).Forecast(t.Context(), histories, horizon)
		wantKind(t, err, kind, want)
		if len(s.paths) > 0 {
			t.Error("asked nevertheless")
		}
	}
	ok := steps(3, time.Minute)
	f(inference.TooShort, "history 2 of 2, to 2026-03-02T00:01:00Z: it takes 3 samples of 1m0s, 3m0s in all, and the history has only 2", 1, ok, steps(2, time.Minute))
	f(inference.TooShort, "only 0", 1, forecast.Series{Step: time.Minute})
	f(inference.TooShort, "only 2", 1, steps(179, time.Second))
	f(inference.Unfit, "its step is 1m0s, the series' is 5m0s, which does not divide it", 1, steps(9, 5*time.Minute))
	f(inference.Unfit, "45s", 1, steps(9, 45*time.Second))
	f(inference.Unfit, "0s", 1, forecast.Series{Values: ok.Values})
	f(inference.Unfit, "2 of the newest 3 samples of the history are unknown", 1, forecast.Series{Start: start, Step: time.Minute, Values: []float64{1, 2, 3, nan, nan, 5}})
	f(inference.Invalid, "horizon of 0 steps", 0, ok)
	f(inference.Invalid, "different steps", 1, ok, steps(300, time.Second))
	if got, err := expert(t, serve(t).URL).Forecast(t.Context(), nil, 1); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
}

func TestNegativeIsZeroAndCounted(t *testing.T) {
	s := serve(t)
	s.infer = func(w http.ResponseWriter, _ *http.Request, _ request) {
		fmt.Fprint(w, `{"outputs":[{"name":"forecast","datatype":"FP64","shape":[1,3,1],"data":[[[-2],[-0.0],[1.5]]]}]}`)
	}
	e := expert(t, s.URL)
	for range 2 {
		got, err := e.Forecast(t.Context(), []forecast.Series{steps(3, time.Minute)}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got[0], []float64{0, 0, 1.5}) || math.Signbit(got[0][1]) {
			t.Errorf("%v", got[0])
		}
	}
	if e.Clipped() != 2 {
		t.Errorf("%d clipped, want 2", e.Clipped())
	}
}
