package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// secret is a load that depends on what no history shows: an external model that knows it
// is worth listening to.
func secret(n int) (Series, func(i int) float64) {
	r := rand.New(rand.NewPCG(21, 22))
	hidden := make([]float64, n+600)
	for i := range hidden {
		if hidden[i] = r.NormFloat64() * 40; i%12 > 0 { // an hour each
			hidden[i] = hidden[i-1]
		}
	}
	wave := daily(r)
	known := func(i int) float64 { return max(0, 150+hidden[i]) }
	return series(n, 5*time.Minute, func(i int, at time.Time) float64 { return max(0, 150+hidden[i]+0.1*wave(i, at)-20) }), known
}

// asked answers m's questions with f, steps long.
func asked(t testing.TB, m *Model, length, steps int, f func(i int) float64) (questions []Series, answers [][]float64) {
	t.Helper()
	if questions = m.Questions(length); questions == nil {
		t.Fatalf("no questions of %d samples", length)
	}
	for _, q := range questions {
		if q.Len() != length {
			t.Fatalf("a question of %d samples, want %d", q.Len(), length)
		}
		first := int(q.End().Sub(t0)/q.Step) + 1
		path := make([]float64, steps)
		for h := range path {
			path[h] = f(first + h)
		}
		answers = append(answers, path)
	}
	return questions, answers
}

func TestAnExternalModelThatKnowsIsListenedTo(t *testing.T) {
	all, known := secret(13 * 288)
	n := 12 * 288
	m := mustFit(t, all.part(0, n), Options{Window: 30 * time.Minute})
	alone := scored(m.Forecast(nil, taus), all, n-1)
	q, a := asked(t, m, 288, 288, known)
	if last := q[len(q)-1]; !last.End().Equal(m.Origin()) {
		t.Errorf("the last question ends at %s, want now, %s", last.End(), m.Origin())
	}
	if err := m.Admit("oracle", q, a); err != nil {
		t.Fatal(err)
	}
	p := m.Forecast(nil, taus)
	checkPaths(t, p)
	checkPaths(t, m.Peaks(nil, taus))
	with := scored(p, all, n-1)
	t.Logf("median error %.1f alone, %.1f with the oracle; p95 loss %.2f, %.2f", alone.median, with.median, alone.upper, with.upper)
	if with.median > 0.5*alone.median || with.upper > alone.upper {
		t.Errorf("the oracle brings the median error from %.1f to %.1f, the p95 loss from %.2f to %.2f", alone.median, with.median, alone.upper, with.upper)
	}
	if share := shareOf(m, "oracle"); share.Near < 0.5 || share.Mid < 0.5 || share.Far < 0.5 {
		t.Errorf("the oracle has the shares %+v", share)
	}
	if !strings.Contains(m.Method(), "oracle") {
		t.Errorf("method %q", m.Method())
	}

	// Its forecast runs out: six hours later it covers 18, a day and more later nothing.
	mustAppend(t, m, all.part(n, n+72))
	checkPaths(t, m.Forecast(nil, taus))
	if near := scored(m.Forecast(nil, taus), all, n+71); near.median > 0.8*alone.median {
		t.Errorf("six hours later the median error is %.1f, alone it was %.1f", near.median, alone.median)
	}
	lonely := mustFit(t, all.part(0, n), Options{Window: 30 * time.Minute})
	mustAppend(t, m, all.part(n, all.Len()))
	mustAppend(t, lonely, all.part(n, all.Len()))
	sameForecasts(t, "an external model that has run out, and none", m, lonely)

	if err := m.Refit(); err != nil {
		t.Fatal(err)
	}
	if share := shareOf(m, "oracle"); share.Name != "" {
		t.Errorf("after a refit it still has a share: %+v", share)
	}
}

// shareOf returns the share of an expert; it has no name if m knows none.
func shareOf(m *Model, name string) Share {
	for _, s := range m.Shares() {
		if s.Name == name {
			return s
		}
	}
	return Share{}
}

func TestAUselessExternalModelChangesNothing(t *testing.T) {
	all, _ := secret(12 * 288)
	r := noise()
	for name, f := range map[string]func(int) float64{
		"zero":     func(int) float64 { return 0 },
		"constant": func(int) float64 { return 1e6 },
		"noise":    func(int) float64 { return 300 * r.Float64() },
		"largest":  func(int) float64 { return MaxLoad },
	} {
		m := mustFit(t, all, Options{Window: 30 * time.Minute})
		before := said(m)
		q, a := asked(t, m, 100, 288, f)
		if err := m.Admit(name, q, a); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if after := said(m); !slices.Equal(before, after) {
			t.Errorf("%s: the forecast is another one", name)
		}
		if s := shareOf(m, name); s.Near+s.Mid+s.Far != 0 || s.Name != name {
			t.Errorf("%s: shares %+v, want it named with none", name, s)
		}
	}
}

func TestAnExternalModelThatIsRefusedChangesNothing(t *testing.T) {
	all, known := secret(12 * 288)
	m := mustFit(t, all, Options{})
	before := said(m)
	shares := m.Shares()
	type exam struct {
		q []Series
		a [][]float64
	}
	fresh := func() exam { q, a := asked(t, m, 100, 288, known); return exam{q, a} }
	older := mustFit(t, all.part(0, 12*288-100), Options{})
	tests := map[string]func(e *exam){
		"an answer too few":   func(e *exam) { e.a = e.a[1:] },
		"an answer too many":  func(e *exam) { e.a = append(e.a, e.a[0]) },
		"no answers":          func(e *exam) { e.a = nil },
		"nothing at all":      func(e *exam) { e.q, e.a = nil, nil },
		"seven questions":     func(e *exam) { e.q, e.a = e.q[:8], e.a[:8] },
		"an empty answer":     func(e *exam) { e.a[3] = nil },
		"NaN":                 func(e *exam) { e.a[3][7] = math.NaN() },
		"Inf":                 func(e *exam) { e.a[len(e.a)-1][7] = math.Inf(1) },
		"negative":            func(e *exam) { e.a[0][0] = -1 },
		"larger than a load":  func(e *exam) { e.a[0][0] = 2 * MaxLoad },
		"others' questions":   func(e *exam) { e.q = older.Questions(100) },
		"questions later on":  func(e *exam) { shift(e.q, time.Minute) },
		"questions years ago": func(e *exam) { shift(e.q, -1e5*time.Hour) },
	}
	for name, spoil := range tests {
		e := fresh()
		spoil(&e)
		if n := min(len(e.q), len(e.a)); name == "others' questions" {
			e.q, e.a = e.q[:n], e.a[:n]
		}
		if m.Admit(name, e.q, e.a) == nil {
			t.Errorf("%s: admitted", name)
		}
	}
	if !slices.Equal(before, said(m)) || !slices.Equal(shares, m.Shares()) {
		t.Error("the forecast or the shares are others")
	}
}

func shift(qs []Series, d time.Duration) {
	for i := range qs {
		qs[i].Start = qs[i].Start.Add(d)
	}
}

func TestQuestionsAreAskedOnlyWhereThereIsHistory(t *testing.T) {
	all, _ := secret(12 * 288)
	m := mustFit(t, all, Options{})
	for _, length := range []int{0, -1, -1000, 12 * 288, 1 << 40} {
		if q := m.Questions(length); q != nil {
			t.Errorf("%d questions of %d samples", len(q), length)
		}
	}
	// As history moves on, the oldest questions can no longer be asked.
	hours := gappy(100*24, time.Hour)
	m = mustFit(t, hours.part(0, 40*24), Options{})
	for i := 40 * 24; i < hours.Len(); i += 24 {
		mustAppend(t, m, hours.part(i, i+24))
		for _, length := range []int{-30, 0, 1, 24, 400} {
			for _, q := range m.Questions(length) {
				if q.Len() != length || q.Start.Before(m.start) {
					t.Fatalf("%d samples from %s, want %d; the history begins at %s", q.Len(), q.Start, length, m.start)
				}
			}
		}
	}
}

// Two external models take part one after the other; the second has to earn its share
// like the first.
func TestTwoExternalModels(t *testing.T) {
	all, known := secret(13 * 288)
	n := 12 * 288
	m := mustFit(t, all.part(0, n), Options{})
	q, a := asked(t, m, 100, 288, known)
	_, b := asked(t, m, 100, 288, func(i int) float64 { return known(i) * 1.05 })
	for name, answers := range map[string][][]float64{"oracle": a, "sister": b} {
		if err := m.Admit(name, q, answers); err != nil {
			t.Fatal(err)
		}
	}
	checkPaths(t, m.Forecast(nil, taus))
	near := 0.0
	for _, s := range m.Shares() {
		near += s.Near
		if s.Near < 0 || s.Mid < 0 || s.Far < 0 || s.Near > 1 {
			t.Errorf("share %+v", s)
		}
	}
	if math.Abs(near-1) > 1e-9 {
		t.Errorf("near shares add up to %g", near)
	}
}
