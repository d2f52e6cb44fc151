package history_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
)

// A tape is a Source whose load at minute m is values[m], noted as it is read.
type tape struct {
	values map[int]float64
	fail   error
	asked  []string // "from-to" in minutes
}

func (s *tape) Read(_ context.Context, _ history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	from, to = from.Truncate(step), to.Truncate(step)
	s.asked = append(s.asked, fmt.Sprintf("%d-%d", minute(from), minute(to)))
	if s.fail != nil {
		return history.Result{}, s.fail
	}
	var points []forecast.Point
	for t := from; !t.After(to); t = t.Add(step) {
		if v, ok := s.values[minute(t)]; ok {
			points = append(points, forecast.Point{Time: t, Value: v})
		}
	}
	series, quality, err := forecast.NewSeries(points, step)
	if errors.Is(err, forecast.ErrEmpty) {
		err = &history.Error{Kind: history.NoSeries, Query: "load", Err: err}
	}
	return history.Result{Series: series, Quality: quality}, err
}

func minute(t time.Time) int { return int(t.Sub(epoch) / time.Minute) }

// A windowTest drives a window of ten minutes over a tape.
type windowTest struct {
	*testing.T
	tape
	window *history.Window
}

func newWindowTest(t *testing.T) *windowTest {
	w := &windowTest{T: t, tape: tape{values: map[int]float64{}}}
	w.window = history.NewWindow(&w.tape, history.Query{Expr: "load"}, 10*time.Minute, time.Minute)
	return w
}

// put sets the values from minute m on; NaN is none.
func (w *windowTest) put(m int, values ...float64) {
	for i, v := range values {
		w.values[m+i] = v
		if math.IsNaN(v) {
			delete(w.values, m+i)
		}
	}
}

// at advances to minute m and expects the range that was asked for, the series
// as "start: values", and parts of the warnings and the error.
func (w *windowTest) at(m int, asked, series, warning, wantErr string) history.Result {
	w.Helper()
	w.asked = nil
	res, err := w.window.Advance(w.Context(), epoch.Add(time.Duration(m)*time.Minute+30*time.Second))
	if got := strings.Join(w.asked, " "); got != asked {
		w.Errorf("at %d: asked for %q, want %q", m, got, asked)
	}
	if got := show(res.Series); got != series {
		w.Errorf("at %d: %s, want %s", m, got, series)
	}
	if got := show(w.window.Series()); got != series {
		w.Errorf("at %d: Series() is %s, want %s", m, got, series)
	}
	if got := strings.Join(res.Warnings, "; "); warning == "" && got != "" || !strings.Contains(got, warning) {
		w.Errorf("at %d: warnings %q, want %q", m, got, warning)
	}
	if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
		w.Errorf("at %d: error %v, want %q", m, err, wantErr)
	}
	return res
}

func show(s forecast.Series) string {
	if s.Len() == 0 {
		return "none"
	}
	return fmt.Sprintf("%d: %s", minute(s.Start), strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Values), "[]"), "NaN", "_"))
}

var none = math.NaN()

func TestWindowReadsOnlyWhatIsNew(t *testing.T) {
	w := newWindowTest(t)
	w.put(80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
	w.at(90, "80-90", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "")
	w.at(91, "87-91", "81: 1 2 3 4 5 6 7 8 9 10 11", "", "")
	w.at(91, "88-91", "81: 1 2 3 4 5 6 7 8 9 10 11", "", "")
	w.at(93, "88-93", "83: 3 4 5 6 7 8 9 10 11 12 13", "", "")
}

func TestWindowTakesCorrectionsOfTheNewestSamples(t *testing.T) {
	w := newWindowTest(t)
	w.put(86, 1, 1, 1, 1, 0.5)
	before := w.at(90, "80-90", "86: 1 1 1 1 0.5", "", "").Series
	w.put(89, 3, 4, 5)
	w.at(91, "87-91", "86: 1 1 1 3 4 5", "", "")
	if got := show(before); got != "86: 1 1 1 1 0.5" {
		t.Errorf("a series given away became %s", got)
	}
}

func TestWindowFillsTheGapOfAFailure(t *testing.T) {
	w := newWindowTest(t)
	w.put(80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
	w.at(90, "80-90", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "")
	w.fail = errors.New("down")
	w.at(91, "87-91", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "down")
	w.at(92, "87-92", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "down")
	w.fail = nil
	w.at(93, "87-93", "83: 3 4 5 6 7 8 9 10 11 12 13", "", "")
}

func TestWindowStartsWithAFailure(t *testing.T) {
	w := newWindowTest(t)
	w.put(90, 1, 2)
	w.fail = errors.New("down")
	w.at(90, "80-90", "none", "", "down")
	w.fail = nil
	w.at(91, "81-91", "90: 1 2", "", "")
}

func TestHoleLongerThanTheWindowReadsAll(t *testing.T) {
	w := newWindowTest(t)
	w.put(85, 1, 1, 1, 1, 1, 1)
	w.at(90, "80-90", "85: 1 1 1 1 1 1", "", "")
	w.put(198, 7, 8, 9)
	w.at(200, "190-200", "198: 7 8 9", "", "")
}

func TestNothingNewIsAWarningUntilNothingIsLeft(t *testing.T) {
	w := newWindowTest(t)
	w.put(88, 1, 2, 3)
	w.at(90, "80-90", "88: 1 2 3", "", "")
	w.at(96, "87-96", "88: 1 2 3", "", "") // the overlap still has them
	w.at(97, "88-97", "88: 1 2 3", "", "")
	w.at(100, "90-100", "90: 3", "", "")
	w.at(101, "91-101", "none", "", "no sample since")
	w.at(102, "92-102", "none", "", "load") // all, for what was late may have come
	w.at(103, "99-103", "none", "", "no sample since")
	w.at(112, "102-112", "none", "", "load") // and again after ten minutes
	w.put(113, 5)
	w.at(113, "109-113", "113: 5", "", "")
}

func TestSamplesThatAreLateAreFound(t *testing.T) {
	w := newWindowTest(t)
	w.put(85, 1, 1, 1)
	w.at(90, "80-90", "85: 1 1 1", "", "")
	w.at(93, "85-93", "85: 1 1 1", "", "")
	w.put(88, 2, 2, 2, 2, 2, 2)
	w.at(94, "85-94", "85: 1 1 1 2 2 2 2 2 2", "", "")
}

func TestKnownIsNotForgottenAndUnknownIsLearnt(t *testing.T) {
	w := newWindowTest(t)
	w.put(86, 1, none, 3, 4, 5)
	w.at(90, "80-90", "86: 1 _ 3 4 5", "", "")
	w.put(87, 2, none, none, none, 6)
	w.at(91, "87-91", "86: 1 2 3 4 5 6", "", "")
	w.put(95, 9)
	res := w.at(95, "88-95", "86: 1 2 3 4 5 6 _ _ _ 9", "", "")
	if want := (forecast.Quality{Points: 7, Gaps: 1, Missing: 3}); res.Quality != want {
		t.Errorf("quality %+v, want %+v", res.Quality, want)
	}
}

func TestClockThatGoesBack(t *testing.T) {
	w := newWindowTest(t)
	w.put(80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	w.put(1, 21, 22)
	w.at(90, "80-90", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "")
	w.at(89, "", "80: 0 1 2 3 4 5 6 7 8 9 10", "the clock went back", "")
	w.at(5, "-5-5", "1: 21 22", "", "")
	w.at(500_000, "499990-500000", "none", "", "load")
	w.at(90, "80-90", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "")
}

func TestAnotherQueryOrStepStartsAnew(t *testing.T) {
	w := newWindowTest(t)
	w.put(80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	w.at(90, "80-90", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "")
	w.window.Ask(history.Query{Expr: "load", From: "elsewhere"}, 10*time.Minute, time.Minute)
	w.at(90, "87-90", "80: 0 1 2 3 4 5 6 7 8 9 10", "", "")
	w.window.Ask(history.Query{Expr: "load"}, 10*time.Minute, 2*time.Minute)
	w.at(90, "80-90", "80: 0 2 4 6 8 10", "", "")
	w.window.Ask(history.Query{Expr: "other"}, 10*time.Minute, 2*time.Minute)
	if got := show(w.window.Series()); got != "none" {
		t.Errorf("before the next Advance: %s", got)
	}
	w.at(90, "80-90", "80: 0 2 4 6 8 10", "", "")
}

func TestSenselessWindowIsAnError(t *testing.T) {
	for _, o := range []struct{ span, step time.Duration }{{time.Hour, 0}, {-time.Hour, time.Minute}, {time.Hour, -1}, {1 << 62, time.Millisecond}} {
		w := history.NewWindow(&tape{}, history.Query{Expr: "load"}, o.span, o.step)
		if _, err := w.Advance(t.Context(), epoch); history.KindOf(err) != history.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
		if w.Series().Len() != 0 {
			t.Errorf("%+v: a series", o)
		}
	}
}

// Whatever the load, the failures and the clock do: the window holds what one
// read of all would give, and no series that was given away ever changes.
func TestWindowIsAlwaysWhatOneReadWouldGive(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWindowTest(t)
		now := 1000
		kept := map[string]forecast.Series{}
		for tick := range 60 {
			switch rng.IntN(12) {
			case 0:
				now += rng.IntN(40)
			case 1:
				now -= 61 + rng.IntN(20)
			default:
				now += rng.IntN(3)
			}
			for m := now - 200; m <= now; m++ {
				if _, ok := w.values[m]; !ok && rng.IntN(4) > 0 && m > now-3 {
					w.put(m, float64(rng.IntN(9)))
				}
			}
			w.fail = nil
			if rng.IntN(6) == 0 {
				w.fail = errors.New("down")
			}
			res, err := w.window.Advance(t.Context(), epoch.Add(time.Duration(now)*time.Minute))
			failed := w.fail != nil
			w.fail = nil
			want, _ := w.tape.Read(t.Context(), history.Query{}, epoch.Add(time.Duration(now-10)*time.Minute), epoch.Add(time.Duration(now)*time.Minute), time.Minute)
			if !failed && show(res.Series) != show(want.Series) && !strings.Contains(strings.Join(res.Warnings, ""), "clock") {
				t.Fatalf("seed %d, tick %d at %d (%v, %v):\n got %s\nwant %s", seed, tick, now, err, res.Warnings, show(res.Series), show(want.Series))
			}
			kept[show(res.Series)] = res.Series
		}
		for want, s := range kept {
			if got := show(s); got != want {
				t.Fatalf("seed %d: a series given away as %s became %s", seed, want, got)
			}
		}
	}
}

func TestATickAllocatesNoSamples(t *testing.T) {
	db := newDB(t)
	values := make([]float64, 30_000)
	for i := range values {
		values[i] = float64(i)
	}
	if err := db.Append(labels.FromStrings("__name__", "load"), minutes(epoch, values...)); err != nil {
		t.Fatal(err)
	}
	w := history.NewWindow(history.NewReader(db, history.ReaderOptions{}), history.Query{Expr: "load"}, 20_000*time.Minute, time.Minute)
	now := epoch.Add(20_000 * time.Minute)
	res, err := w.Advance(t.Context(), now)
	if err != nil || res.Series.Len() != 20_001 {
		t.Fatalf("%d samples, %v", res.Series.Len(), err)
	}
	moved := 0
	for range 300 {
		now = now.Add(time.Minute)
		before := w.Series()
		if res, err = w.Advance(t.Context(), now); err != nil || res.Series.Len() != 20_001 {
			t.Fatalf("%d samples, %v", res.Series.Len(), err)
		}
		if &before.Values[1] != &res.Series.Values[0] {
			moved++
		}
	}
	if moved > 1 {
		t.Errorf("moved %d times in 300 ticks", moved)
	}
}
