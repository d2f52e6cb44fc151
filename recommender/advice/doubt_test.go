package advice

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

func TestASlowStartIsFound(t *testing.T) {
	r := noise()
	left, height := 0, 0.0
	c := caseOf(0.7, of(16, time.Minute, func(time.Time) float64 { // ramps of ten minutes, out of nowhere
		if left--; left < -300 && r.IntN(300) == 0 {
			left, height = 60, 1500
		}
		switch {
		case left > 50:
			return 600 + height*float64(60-left)/10
		case left > 0:
			return 600 + height
		}
		return 600
	}))
	c.Loop.Start.Fixed, c.Policy.LeadTime = 8*time.Minute, 9*time.Minute
	a := must(t, examine(t, Input{Case: c}), StartTooSlow)
	if a.Now != "8m" || a.Better != "30s" || a.ShortMinutes > -5 || !strings.Contains(a.Why, "startupProbe") {
		t.Errorf("%+v", a)
	}
}

func TestARequestFarOffIsFound(t *testing.T) {
	load := of(14, time.Minute, wave(noise(), 0.01))
	tests := []struct {
		name    string
		request float64
		use     float64 // of a pod, all the time; 0 is not known
		want    string  // in the sentence; none if empty
	}{
		{"a pod is full before the target", 300, 0, "full before it reaches the target"},
		{"pods always use three times it", 30, 90, "nearly always passed"},
		{"pods use what they request", 100, 70, ""},
		{"pods never use a third of it, which harms nobody", 100, 20, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := caseOf(0.7, load)
			c.Loop.Spec.Metrics[0].Request = tt.request
			c.Policy.Mode = recommender.Observe // floors would hide it
			in := Input{Case: c}
			if tt.use > 0 {
				in.Observed.Use = of(14, time.Minute, func(time.Time) float64 { return tt.use })
			}
			r := examine(t, in)
			a := find(t, r, RequestsMeaningless)
			if tt.want == "" {
				if told := strings.Contains(strings.Join(r.Notes, " "), "hardly ever reached"); a != nil || told != (tt.use < 30) {
					t.Errorf("%+v; %q", a, r.Notes)
				}
				return
			}
			if a == nil || !strings.Contains(a.Why, tt.want) || r.Advice[0].Kind != RequestsMeaningless || find(t, r, TargetTooLow) != nil {
				t.Errorf("%+v", r.Advice)
			}
		})
	}
}

func TestATargetIsNotRaisedOnAnAssumption(t *testing.T) {
	c := caseOf(0.5, of(16, time.Minute, wave(noise(), 0.01)))
	r := examine(t, Input{Case: c, Assumed: []string{"a pod is taken to carry 100"}})
	only(t, r)
	if !slices.Contains(r.Notes, "a pod is taken to carry 100") {
		t.Errorf("%q", r.Notes)
	}
}

func TestDoubtsAreTold(t *testing.T) {
	c := caseOf(0.5, of(6, 10*time.Minute, wave(noise(), 0.01)))
	in := Input{Case: c, Observed: Observed{Wanted: of(6, 10*time.Minute, func(time.Time) float64 { return 90 })}}
	r := examine(t, in)
	for _, want := range []string{"less than a week", "every 10m only", "the cluster 90"} {
		if !strings.Contains(strings.Join(r.Notes, "; "), want) {
			t.Errorf("%q does not say %q", r.Notes, want)
		}
	}
	if a := must(t, r, TargetTooLow); a.Confidence != Low || !strings.Contains(a.Why, "Confidence is low, since") {
		t.Errorf("%+v", a)
	}
}

func TestTheSameQuestionHasTheSameAnswer(t *testing.T) {
	make := func() Input {
		c := caseOf(0.5, of(10, 5*time.Minute, office(noise())))
		c.Loop.Spec.Behavior = &simulate.Behavior{}
		return Input{Case: c}
	}
	in := make()
	a, b := examine(t, in), examine(t, make())
	if !reflect.DeepEqual(a.Advice, b.Advice) {
		t.Errorf("%+v\n%+v", a.Advice, b.Advice)
	}
	if fresh := make(); !reflect.DeepEqual(in, fresh) {
		t.Error("the input was changed")
	}
	// With a proof at hand, the answer is the same.
	in.Proof = a.Proof
	if c := examine(t, in); !reflect.DeepEqual(a.Advice, c.Advice) {
		t.Errorf("%+v\n%+v", a.Advice, c.Advice)
	}
}

func TestGapsAreNotCounted(t *testing.T) {
	load := of(14, time.Minute, office(noise()))
	for i := range load.Values {
		if i%1440 < 300 {
			load.Values[i] = math.NaN()
		}
	}
	r := examine(t, Input{Case: caseOf(0.5, load)})
	for _, a := range r.Advice {
		for _, f := range append(a.Evidence, Fact{"", a.Worth, ""}, Fact{"", a.PodHours, ""}) {
			if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
				t.Errorf("%s: %s is %g", a.Kind, f.Name, f.Value)
			}
		}
	}
	a := must(t, r, TargetTooLow)
	if days := a.Evidence[len(a.Evidence)-1]; days.Name != "replayed" || days.Value > 9*19.1/24 {
		t.Errorf("%+v", days)
	}
}

func TestTooLittleHistoryIsNamed(t *testing.T) {
	_, err := Advise(Input{Case: caseOf(0.7, of(1, time.Minute, office(noise())))}, nil)
	none, ok := errors.AsType[*forecast.NoForecast](err)
	if !ok || none.Reason != forecast.ReasonTooShort {
		t.Errorf("%v", err)
	}
	nothing := of(10, time.Minute, func(time.Time) float64 { return math.NaN() })
	for name, c := range map[string]proof.Case{"empty": {}, "unknown": caseOf(0.7, nothing), "no samples": caseOf(0.7, forecast.Series{})} {
		if _, err := Advise(Input{Case: c}, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestProgressRisesAndMayEndIt(t *testing.T) {
	c := caseOf(0.5, of(10, 5*time.Minute, office(noise())))
	last := 0.0
	if _, err := Advise(Input{Case: c}, func(done float64) error {
		if done < last || done > 1 {
			t.Errorf("from %g to %g", last, done)
		}
		last = done
		return nil
	}); err != nil || last != 1 {
		t.Errorf("ended at %g with %v", last, err)
	}
	stop := errors.New("enough")
	if _, err := Advise(Input{Case: c}, func(done float64) error {
		if done > 0.7 {
			return stop
		}
		return nil
	}); !errors.Is(err, stop) {
		t.Errorf("ended with %v", err)
	}
}

// TestTheFieldsInJSONStay holds the names that others read.
func TestTheFieldsInJSONStay(t *testing.T) {
	a := Advice{Kind: Flapping, Field: "f", Now: "60", Better: "600", Why: "w", Evidence: []Fact{{"n", 1, "u"}}, PodHours: 1, ShortMinutes: -2, Worth: 3, Confidence: High}
	got, err := json.Marshal(a)
	const want = `{"kind":"Flapping","field":"f","now":"60","better":"600","why":"w","evidence":[{"name":"n","value":1,"unit":"u"}],` +
		`"podHours":1,"shortMinutes":-2,"worth":3,"withFloors":false,"confidence":"high"}`
	if err != nil || string(got) != want {
		t.Errorf("%s\nwant %s; %v", got, want, err)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.004: "0", 0.5: "0.5", 9.99: "9.99", 70: "70", 99.96: "100", 1234.4: "1,234", 1234567: "1,234,567", -1500: "-1,500"} {
		if got := num(x); got != want {
			t.Errorf("num(%g) = %q, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]string{0.0004: "1m", 0.85: "850m", 1.234: "1.23", 85.04: "85", 123456: "123456"} {
		if got := quantity(threeDigits(x)); got != want {
			t.Errorf("quantity(%g) = %q, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]string{0.7: "70 %", 0.047: "4.7 %", 0.00123: "0.12 %", 1: "100 %", 0: "0 %"} {
		if got := percent(x); got != want {
			t.Errorf("percent(%g) = %q, want %q", x, got, want)
		}
	}
}
