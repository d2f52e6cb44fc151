package scheduler

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
)

// lottery is a load that nobody can foresee who does not know it: each hour
// draws its level.
func lottery(at time.Time) float64 {
	h := fnv.New32a()
	fmt.Fprint(h, at.Unix()/3600)
	return 100 + float64(h.Sum32()%997)
}

// An oracle knows the load, and does what a test tells it to.
type oracle struct {
	load func(time.Time) float64
	do   func(ctx context.Context, n int, answers [][]float64) ([][]float64, error) // n counts from 0; nil answers

	mu        sync.Mutex
	asked     int
	under, at int         // under way now, and the most ever
	times     []time.Time // of the questions
}

func (o *oracle) Forecast(ctx context.Context, histories []forecast.Series, horizon int) ([][]float64, error) {
	o.mu.Lock()
	n := o.asked
	o.asked, o.under = n+1, o.under+1
	o.at, o.times = max(o.at, o.under), append(o.times, time.Now())
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		o.under--
		o.mu.Unlock()
	}()
	var answers [][]float64
	for _, h := range histories {
		var path []float64
		for k := range horizon {
			path = append(path, o.load(h.End().Add(time.Duration(k+1)*h.Step)))
		}
		answers = append(answers, path)
	}
	if o.do != nil {
		return o.do(ctx, n, answers)
	}
	return answers, nil
}

func (o *oracle) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked
}

// withOracle returns options with an external model, of which hourly history is told.
func withOracle(e externalmodels.Forecaster, change ...func(*externalmodels.Model)) Options {
	o := quiet()
	o.Step, o.Stale, o.Refit = 5*time.Minute, 15*time.Minute, 100*24*time.Hour
	o.Metrics = NewMetrics(prometheus.NewRegistry())
	g := externalmodels.Model{Forecaster: e, Name: "oracle", History: time.Hour, Timeout: 30 * time.Second}
	for _, f := range change {
		f(&g)
	}
	o.ExternalModels = []externalmodels.Model{g}
	return o
}

func share(r *Result, name string) (forecast.Share, bool) {
	i := slices.IndexFunc(r.Signals[0].Shares, func(s forecast.Share) bool { return s.Name == name })
	if i < 0 {
		return forecast.Share{}, false
	}
	return r.Signals[0].Shares[i], true
}

func warned(r *Result, code string) string {
	for _, w := range r.Decision.Warnings {
		if w.Code == code {
			return w.Message
		}
	}
	return ""
}

// requestsAtOnce is how many externalmodels sends to one model at the same time.
const requestsAtOnce = 4

func requests(o Options, outcome string) float64 {
	return testutil.ToFloat64(o.Metrics.requests.WithLabelValues("oracle", outcome))
}

// minute lets a minute pass, in which answers come, and ticks.
func minute(t *testing.T, s *Scheduler) {
	time.Sleep(time.Minute)
	synctest.Wait()
	s.Tick(t.Context())
	synctest.Wait()
}

func TestAnExternalModelTakesPartFromTheNextTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &oracle{load: lottery}
		o := withOracle(e)
		s := build(t, o, newFleet("web"), &loads{load: lottery})
		s.Tick(t.Context())
		r := result(t, s, "web")
		if diff := cmp.Diff([]externalmodels.State{{Name: "oracle", Note: "its answers are awaited"}}, r.Signals[0].ExternalModels); diff != "" {
			t.Error(diff)
		}
		if _, ok := share(r, "oracle"); ok {
			t.Error("it takes part in the tick that asked it")
		}
		minute(t, s)
		r = result(t, s, "web")
		if diff := cmp.Diff([]externalmodels.State{{Name: "oracle"}}, r.Signals[0].ExternalModels); diff != "" {
			t.Error(diff)
		}
		if sh, ok := share(r, "oracle"); !ok || sh.Far < 0.9 {
			t.Errorf("one that knows what will come has the shares %+v", r.Signals[0].Shares)
		}
		v, _ := s.View(r.Workload.Key, time.Hour)
		ahead := r.At.Add(12 * time.Hour)
		if got, _ := v.Curves[0].Load.At(ahead, 0.5); math.Abs(got-lottery(ahead)) > 0.3*lottery(ahead) {
			t.Errorf("%g are forecast for a time at which %g will come", got, lottery(ahead))
		}
		for range 5 {
			minute(t, s)
		}
		if n := e.count(); n != 1 || requests(o, "Answered") != 1 {
			t.Errorf("asked %d times about one fit", n)
		}
		if len(r.Decision.Warnings) > 0 {
			t.Errorf("warnings %+v", r.Decision.Warnings)
		}
	})
}

// TestAnExternalModelThatHangsHoldsUpNothing: decisions go on without it, at once, and
// are those that there would be without it.
func TestAnExternalModelThatHangsHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &oracle{load: lottery, do: func(ctx context.Context, _ int, _ [][]float64) ([][]float64, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("no answer: %w", ctx.Err())
		}}
		o := withOracle(e)
		s := build(t, o, newFleet("a", "b", "c", "d", "e", "f"), &loads{load: lottery})
		plain := o
		plain.ExternalModels = nil
		alone := build(t, plain, newFleet("a", "b", "c", "d", "e", "f"), &loads{load: lottery})
		for i := range 4 {
			began := time.Now()
			s.Tick(t.Context())
			if took := time.Since(began); took != 0 {
				t.Errorf("a tick took %s", took)
			}
			alone.Tick(t.Context())
			for _, name := range []string{"a", "f"} {
				got, want := result(t, s, name), result(t, alone, name)
				if diff := cmp.Diff(want.Plan, got.Plan); diff != "" {
					t.Fatalf("tick %d: the plan is another one (-without +with):\n%s", i, diff)
				}
			}
			time.Sleep(10 * time.Second)
		}
		synctest.Wait()
		s.Tick(t.Context())
		r := result(t, s, "f")
		if got := warned(r, "ExpertFailed"); !strings.Contains(got, "without the external model oracle: no answer: context deadline exceeded; it is asked again at 00:01 UTC") {
			t.Errorf("warnings %+v", r.Decision.Warnings)
		}
		if e.at != requestsAtOnce || requests(o, "Failed") != requestsAtOnce {
			t.Errorf("%d questions at once, %g failed; want %d", e.at, requests(o, "Failed"), requestsAtOnce)
		}
	})
}

func TestAnExternalModelThatFailsIsLeftAloneForEverLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		e := &oracle{load: lottery, do: func(_ context.Context, _ int, a [][]float64) ([][]float64, error) {
			if down {
				return nil, errors.New("connection refused")
			}
			return a, nil
		}}
		o := withOracle(e, func(g *externalmodels.Model) { g.Kind = func(error) (string, bool) { return "Unreachable", false } })
		f := newFleet("web")
		s := build(t, o, f, &loads{load: lottery})
		s.Tick(t.Context())
		for range 61 {
			minute(t, s)
		}
		var after []int
		for _, at := range e.times {
			after = append(after, int(at.Sub(e.times[0]).Minutes()))
		}
		if diff := cmp.Diff([]int{0, 1, 3, 7, 15, 30, 45, 60}, after); diff != "" {
			t.Errorf("asked at these minutes (-want +got):\n%s", diff)
		}
		if warned(result(t, s, "web"), "ExpertFailed") == "" || requests(o, "Unreachable") != 8 {
			t.Error("its failure is not told")
		}
		down = false
		for range 16 {
			minute(t, s)
		}
		r := result(t, s, "web")
		if sh, ok := share(r, "oracle"); !ok || sh.Far == 0 || warned(r, "ExpertFailed") != "" {
			t.Errorf("once it is back it has the share %+v; warnings %+v", sh, r.Decision.Warnings)
		}
	})
}

func TestAnswersThatCannotBeUsedLeaveTheForecastAsItWas(t *testing.T) {
	f := func(name, says string, do func(a [][]float64) [][]float64) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			e := &oracle{load: lottery, do: func(_ context.Context, _ int, a [][]float64) ([][]float64, error) { return do(a), nil }}
			o := withOracle(e)
			s := build(t, o, newFleet("web"), &loads{load: lottery})
			s.Tick(t.Context())
			before := result(t, s, "web").Signals[0]
			minute(t, s)
			r := result(t, s, "web")
			if got := warned(r, "ExpertFailed"); !strings.Contains(got, says) || requests(o, "BadAnswer") == 0 {
				t.Errorf("%s: warning %q", name, got)
			}
			if diff := cmp.Diff(before.Shares, r.Signals[0].Shares); diff != "" {
				t.Errorf("%s: shares (-before +after):\n%s", name, diff)
			}
		})
	}
	f("none", "0 answers to 33 questions", func([][]float64) [][]float64 { return nil })
	f("one too few", "32 answers to 33 questions", func(a [][]float64) [][]float64 { return a[1:] })
	f("too short", "answer 3 of 33 has 287 steps, and 288 are asked for", func(a [][]float64) [][]float64 { a[2] = a[2][1:]; return a })
	f("not a number", "step 8 of answer 1 is NaN, which is no load", func(a [][]float64) [][]float64 { a[0][7] = nan; return a })
	f("negative", "step 1 of answer 33 is -1, which is no load", func(a [][]float64) [][]float64 { a[32][0] = -1; return a })
	f("panic", "internal error: a bug", func([][]float64) [][]float64 { panic("a bug") })
}

// TestABadHistoryIsNotTheModelsFault: others are asked on.
func TestABadHistoryIsNotTheModelsFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &oracle{load: lottery, do: func(_ context.Context, n int, a [][]float64) ([][]float64, error) {
			if n == 0 {
				return nil, errors.New("most of it is unknown")
			}
			return a, nil
		}}
		o := withOracle(e, func(g *externalmodels.Model) { g.Kind = func(error) (string, bool) { return "Unfit", true } })
		o.Workers = 1
		s := build(t, o, newFleet("web", "api"), &loads{load: lottery})
		s.Tick(t.Context())
		for range 20 {
			minute(t, s)
		}
		told := result(t, s, "web").Signals[0].ExternalModels[0].Note + result(t, s, "api").Signals[0].ExternalModels[0].Note
		if told != "most of it is unknown" || warned(result(t, s, "web"), "ExpertFailed")+warned(result(t, s, "api"), "ExpertFailed") != "" {
			t.Errorf("told %q", told)
		}
		if e.count() != 2 {
			t.Errorf("asked %d times, want once about each", e.count())
		}
	})
}

func TestAShortHistoryIsNoQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &oracle{load: lottery}
		s := build(t, withOracle(e, func(g *externalmodels.Model) { g.History = 72 * time.Hour }), newFleet("web"), &loads{load: lottery})
		s.Tick(t.Context())
		minute(t, s)
		r := result(t, s, "web")
		if got := r.Signals[0].ExternalModels[0]; got.Failed || !strings.Contains(got.Note, "too short to try it on: it is told 72h0m0s") || e.count() != 0 {
			t.Errorf("%+v, asked %d times", got, e.count())
		}
	})
}

func TestAnExternalModelIsAskedAfterFitsAndNoMoreOftenThanItIsToBe(t *testing.T) {
	f := func(every time.Duration, want int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			e := &oracle{load: lottery}
			o := withOracle(e, func(g *externalmodels.Model) { g.Every = every })
			o.Refit = time.Hour
			s := build(t, o, newFleet("web"), &loads{load: lottery})
			s.Tick(t.Context())
			out := 0
			for range 12 * 60 {
				minute(t, s)
				if st := result(t, s, "web").Signals[0].ExternalModels[0]; strings.Contains(st.Note, "asked again at the first fit after") {
					out++
				}
			}
			if n := e.count(); n < want || n > want*3/2+1 || (out > 0) != (every > 0) {
				t.Errorf("every %s: asked %d times in 12 h, want %d; left out for %d minutes", every, n, want, out)
			}
		})
	}
	f(0, 10)
	f(3*time.Hour, 3)
}

// TestAFitMeanwhileAsksAnew: answers to the questions of an earlier fit say
// nothing about this one.
func TestAFitMeanwhileAsksAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &oracle{load: lottery, do: func(_ context.Context, n int, a [][]float64) ([][]float64, error) {
			if n == 0 {
				time.Sleep(10 * time.Minute)
			}
			return a, nil
		}}
		f := newFleet("web")
		s := build(t, withOracle(e, func(g *externalmodels.Model) { g.Timeout = time.Hour }), f, &loads{load: lottery})
		s.Tick(t.Context())
		minute(t, s)
		f.list[0].Calendar = sale(2)
		for range 11 {
			minute(t, s)
		}
		if sh, ok := share(result(t, s, "web"), "oracle"); !ok || sh.Far == 0 || e.count() != 2 {
			t.Errorf("share %+v after %d questions", sh, e.count())
		}
	})
}

func TestALoadThatIsGoneIsNotAskedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		e := &oracle{load: lottery, do: func(_ context.Context, _ int, a [][]float64) ([][]float64, error) {
			if down {
				return nil, errors.New("down")
			}
			return a, nil
		}}
		f := newFleet("web", "api")
		s := build(t, withOracle(e), f, &loads{load: lottery})
		s.Tick(t.Context())
		f.list = f.list[:1]
		f.list[0].Sources[0].Query = history.Query{Expr: "another"}
		for range 40 {
			minute(t, s)
		}
		down = false
		before := e.count()
		for range 40 {
			minute(t, s)
		}
		if n := e.count() - before; n != 1 {
			t.Errorf("once it is back it is asked about %d loads, and there is one", n)
		}
		if sh, ok := share(result(t, s, "web"), "oracle"); !ok || sh.Far == 0 {
			t.Errorf("share %+v of the load that there is", sh)
		}
	})
}

// TestRunWaitsForQuestionsUnderWay: they are cut short, and nothing is left.
func TestRunWaitsForQuestionsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &oracle{load: lottery, do: func(ctx context.Context, _ int, _ [][]float64) ([][]float64, error) {
			<-ctx.Done()
			time.Sleep(3 * time.Second)
			return nil, ctx.Err()
		}}
		o := withOracle(e, func(g *externalmodels.Model) { g.Timeout = time.Hour })
		s := build(t, o, newFleet("web"), &loads{load: lottery})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Second)
		began := time.Now()
		cancel()
		if err := <-done; err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		s.externalModels.Health(func(_ string, err error) {
			if err != nil || requests(o, "Failed") != 0 {
				t.Errorf("being asked to end counts as a failure: %v", err)
			}
		})
	})
}
