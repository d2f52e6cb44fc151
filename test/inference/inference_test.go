package inference

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/benchmarks/traces"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/inference"
	"github.com/highwater-dev/highwater/history/files"
)

// What model/train.py makes; the server refuses anything else.
const (
	trace   = "crane_cpu_12_1m"
	length  = 96 // a day
	modeled = 48 // steps ahead: twelve hours
	step    = 15 * time.Minute
	trained = 0.6 // share of the trace that the network has seen
)

// A world is the server and what is asked of it.
type world struct {
	*server
	expert *inference.Expert
	load   forecast.Series // by the minute
}

// scenarios share one server and follow one another; the last ones end it.
var scenarios = []struct {
	name string
	run  func(*testing.T, *world)
}{
	{"the metadata is what the model declares", metadataIsDeclared},
	{"a version is asked for by name", versionIsAsked},
	{"a forecast of hours beats the last value by far", forecastHasSkill},
	{"a batch is what its histories are one by one", batchIsOneByOne},
	{"a history with gaps is forecast, and alike", gapsAreFilled},
	{"a model that takes a horizon is told it", horizonIsTold},
	{"a horizon beyond the model's names both", horizonTooFar},
	{"a model that takes another length says so before it is asked", anotherLength},
	{"what the server refuses is shown in its own words", refusalIsShown},
	{"an unknown model is named", unknownModel},
	{"a server that hangs is left at the timeout", serverHangs},
	{"a server killed midway is an error at once, and picked up again", serverKilled},
	{"a scheduler asks it, shows its share, and goes on without it", takesPart},
}

func TestMLServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a real MLServer with TensorFlow; run scripts/inference.sh")
	}
	s := newServer(t)
	w := &world{server: s, expert: s.expert(t), load: load(t)}
	s.start(t, w.expert)
	for _, c := range scenarios {
		if !t.Run(c.name, func(t *testing.T) { c.run(t, w) }) {
			t.Logf("mlserver said:\n%s", &s.out)
		}
	}
}

// expert asks the server for "lstm", with time enough for a busy machine.
func (s *server) expert(t *testing.T, change ...func(*inference.Config)) *inference.Expert {
	t.Helper()
	c := inference.Config{URL: s.url, Model: "lstm", Length: length, Step: step, Timeout: time.Minute}
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

func load(t *testing.T) forecast.Series {
	t.Helper()
	f, err := traces.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	points, err := files.Points(f)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := forecast.NewSeries(points, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// origin returns the load by the minute up to the i-th origin, and what came
// then. Origins lie 3 h 7 min apart in the part that the network has not seen.
func (w *world) origin(i int) (past forecast.Series, future []float64) {
	n := int(trained*float64(w.load.Len())) + (i+1)*187
	return w.load.Between(w.load.Start, w.load.Time(n-1)), w.load.Values[n:]
}

func (w *world) origins(n int) (pasts []forecast.Series, futures [][]float64) {
	for i := range n {
		p, f := w.origin(i)
		pasts, futures = append(pasts, p), append(futures, f)
	}
	return pasts, futures
}

// wantKind fails t unless err is of the kind and contains the words.
func wantKind(t *testing.T, err error, kind inference.Kind, words ...string) {
	t.Helper()
	if got := inference.KindOf(err); got != kind {
		t.Fatalf("%q (%v), want %q", got, err, kind)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v\nwant %q", err, word)
		}
	}
}

func metadataIsDeclared(t *testing.T, w *world) {
	got, err := w.expert.Metadata(t.Context())
	want := inference.Metadata{
		Name: "lstm", Versions: []string{},
		Inputs:  []inference.Tensor{{Name: "history", Datatype: "FP32", Shape: []int64{-1, length}}},
		Outputs: []inference.Tensor{{Name: "forecast", Datatype: "FP32", Shape: []int64{-1, modeled}}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

func versionIsAsked(t *testing.T, w *world) {
	past, _ := w.origin(0)
	one := w.server.expert(t, func(c *inference.Config) { c.Version = "1" })
	got, err := one.Forecast(t.Context(), []forecast.Series{past}, 60)
	if err != nil {
		t.Fatal(err)
	}
	want, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 60)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("version 1 differs from the only one: %v", err)
	}
	two := w.server.expert(t, func(c *inference.Config) { c.Version = "2" })
	wantKind(t, two.Check(t.Context()), inference.UnknownModel, "model lstm/2 at "+w.url, "Model lstm with version 2 not found")
}

func forecastHasSkill(t *testing.T, w *world) {
	e := w.expert
	const horizon = 12 * 60
	pasts, futures := w.origins(40) // more than one request
	paths, err := e.Forecast(t.Context(), pasts, horizon)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != len(pasts) {
		t.Fatalf("%d paths, want %d", len(paths), len(pasts))
	}
	for _, hours := range []int{1, 3, 6, 12} {
		var model, last, yesterday float64
		for i, p := range paths {
			if len(p) != horizon || slices.ContainsFunc(p, func(v float64) bool { return !(v >= 0 && v <= forecast.MaxLoad) }) {
				t.Fatalf("path %d: %v", i, p)
			}
			past := pasts[i].Values
			h := hours*60 - 1
			model += math.Abs(p[h] - futures[i][h])
			last += math.Abs(past[len(past)-1] - futures[i][h])
			yesterday += math.Abs(past[len(past)-24*60+h] - futures[i][h])
		}
		n := float64(len(paths))
		t.Logf("%2d h ahead, mean absolute error in cores: LSTM %.3f, last value %.3f, yesterday %.3f", hours, model/n, last/n, yesterday/n)
		if hours >= 3 && model > 0.6*last {
			t.Errorf("%d h ahead: its error is %.2f of the last value's, want 0.6 at most", hours, model/last)
		}
	}
}

func batchIsOneByOne(t *testing.T, w *world) {
	pasts, _ := w.origins(8)
	batch, err := w.expert.Forecast(t.Context(), pasts, 120)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pasts {
		alone, err := w.expert.Forecast(t.Context(), []forecast.Series{p}, 120)
		if err != nil {
			t.Fatal(err)
		}
		near(t, batch[i], alone[0], 1e-4) // FP32, in another order of sums
	}
}

// near fails t unless the paths differ by at most a share of their size.
func near(t *testing.T, got, want []float64, share float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d steps, want %d", len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= share*max(1, want[i])) {
			t.Fatalf("step %d: %g, want %g\n%v\n%v", i, got[i], want[i], got, want)
		}
	}
}

func gapsAreFilled(t *testing.T, w *world) {
	past, _ := w.origin(4)
	want, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 120)
	if err != nil {
		t.Fatal(err)
	}
	holed := past
	holed.Values = slices.Clone(past.Values)
	for i := len(holed.Values) - 600; i < len(holed.Values)-480; i++ {
		holed.Values[i] = math.NaN()
	}
	got, err := w.expert.Forecast(t.Context(), []forecast.Series{holed}, 120)
	if err != nil {
		t.Fatal(err)
	}
	near(t, got[0], want[0], 0.25)
}

func horizonIsTold(t *testing.T, w *world) {
	past, _ := w.origin(2)
	told := w.server.expert(t, func(c *inference.Config) { c.Model = "lstm-horizon" })
	if err := told.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := told.Forecast(t.Context(), []forecast.Series{past}, 61) // five steps; it serves no more than it is asked for
	if err != nil {
		t.Fatal(err)
	}
	want, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 61)
	if err != nil {
		t.Fatal(err)
	}
	near(t, got[0], want[0], 1e-4)
}

func horizonTooFar(t *testing.T, w *world) {
	past, _ := w.origin(0)
	_, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 24*60)
	wantKind(t, err, inference.Mismatch, "its horizon is 48 steps, and 96 are asked for")
}

func anotherLength(t *testing.T, w *world) {
	e := w.server.expert(t, func(c *inference.Config) { c.Length = 2 * length })
	wantKind(t, e.Check(t.Context()), inference.Mismatch, `input "history" has the shape [-1 96]; want [-1, 192]`)
}

func refusalIsShown(t *testing.T, w *world) {
	past, _ := w.origin(0)
	e := w.server.expert(t, func(c *inference.Config) { c.Model, c.Length = "any-length", 7 })
	_, err := e.Forecast(t.Context(), []forecast.Series{past}, 1)
	wantKind(t, err, inference.Refused, "history is [1, 7], not [n, 96]")
}

func unknownModel(t *testing.T, w *world) {
	past, _ := w.origin(0)
	e := w.server.expert(t, func(c *inference.Config) { c.Model = "gru" })
	_, err := e.Forecast(t.Context(), []forecast.Series{past}, 60)
	wantKind(t, err, inference.UnknownModel, "model gru at "+w.url, "Model gru not found")
	wantKind(t, e.Check(t.Context()), inference.UnknownModel, "Model gru not found")
}

func serverHangs(t *testing.T, w *world) {
	past, _ := w.origin(0)
	e := w.server.expert(t, func(c *inference.Config) { c.Timeout = time.Second })
	w.signal(t, syscall.SIGSTOP)
	begin := time.Now()
	_, err := e.Forecast(t.Context(), []forecast.Series{past}, 60)
	took := time.Since(begin)
	w.signal(t, syscall.SIGCONT)
	wantKind(t, err, inference.Timeout, "no answer within 1s")
	if !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second {
		t.Errorf("%v after %s", err, took)
	}
	if _, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 60); err != nil {
		t.Errorf("after it goes on: %v", err)
	}
}

func serverKilled(t *testing.T, w *world) {
	past, _ := w.origin(0)
	want, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 60)
	if err != nil {
		t.Fatal(err)
	}

	w.signal(t, syscall.SIGSTOP) // so that the request is certainly under way
	failed := make(chan error, 1)
	go func() {
		_, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 60)
		failed <- err
	}()
	time.Sleep(500 * time.Millisecond)
	begin := time.Now()
	w.kill(t)
	select {
	case err = <-failed:
	case <-time.After(10 * time.Second):
		t.Fatal("no error 10 s after the server was killed, with a timeout of a minute")
	}
	wantKind(t, err, inference.Unreachable, "cannot be reached")
	t.Logf("%s after the kill: %v", time.Since(begin).Round(time.Millisecond), err)
	_, err = w.expert.Forecast(t.Context(), []forecast.Series{past}, 60)
	wantKind(t, err, inference.Unreachable, "refused")

	w.start(t, w.expert)
	got, err := w.expert.Forecast(t.Context(), []forecast.Series{past}, 60)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("after its return: %v, %v, want %v", got, err, want)
	}
}
