package forecast

import (
	"errors"
	"math"
	"testing"
	"time"
)

func at(seconds int, v float64) Point { return Point{t0.Add(time.Duration(seconds) * time.Second), v} }

func TestNewSeriesDecidesWhatBadDataMeans(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name   string
		points []Point
		want   []float64
		q      Quality
		err    error
	}{
		{"gaps stay unknown", []Point{at(0, 1), at(180, 4)}, []float64{1, nan, nan, 4}, Quality{Points: 2, Gaps: 1, Missing: 2}, nil},
		{"the later of two at one time wins", []Point{at(0, 1), at(60, 2), at(61, 3)}, []float64{1, 3}, Quality{Points: 3, Duplicates: 1}, nil},
		{"unordered points are sorted in", []Point{at(60, 2), at(0, 1)}, []float64{1, 2}, Quality{Points: 2, Unordered: 1}, nil},
		{"NaN and Inf are unknown", []Point{at(0, 1), at(60, nan), at(120, inf), at(180, 2)}, []float64{1, nan, nan, 2}, Quality{Points: 4, NonFinite: 2, Gaps: 1, Missing: 2}, nil},
		{"an absurd value is unknown", []Point{at(0, 1), at(60, 1e300), at(120, 2)}, []float64{1, nan, 2}, Quality{Points: 3, NonFinite: 1, Gaps: 1, Missing: 1}, nil},
		{"negative is unknown", []Point{at(0, 1), at(60, -1), at(120, 2)}, []float64{1, nan, 2}, Quality{Points: 3, Negative: 1, Gaps: 1, Missing: 1}, nil},
		{"unknown ends are cut", []Point{at(0, nan), at(60, 5), at(120, nan)}, []float64{5}, Quality{Points: 3, NonFinite: 2}, nil},
		{"nothing", nil, nil, Quality{}, ErrEmpty},
		{"nothing usable", []Point{at(0, nan), at(60, -3)}, nil, Quality{Points: 2, NonFinite: 1, Negative: 1}, ErrNoUsable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, q, err := NewSeries(tt.points, time.Minute)
			if !errors.Is(err, tt.err) || q != tt.q {
				t.Fatalf("error %v, quality %+v; want %v, %+v", err, q, tt.err, tt.q)
			}
			if len(s.Values) != len(tt.want) {
				t.Fatalf("values %v, want %v", s.Values, tt.want)
			}
			for i, v := range s.Values {
				if v != tt.want[i] && !(math.IsNaN(v) && math.IsNaN(tt.want[i])) {
					t.Errorf("values %v, want %v", s.Values, tt.want)
				}
			}
		})
	}
}

func TestNewSeriesRefusesAnAbsurdSpan(t *testing.T) {
	_, _, err := NewSeries([]Point{at(0, 1), {time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC), 1}}, time.Minute)
	if err == nil {
		t.Error("a millennium of minutes was laid out")
	}
}

func TestNewSeriesFindsTheStep(t *testing.T) {
	s, _, err := NewSeries([]Point{at(0, 1), at(15, 1), at(30, 1), at(90, 1)}, 0)
	if err != nil || s.Step != 15*time.Second {
		t.Errorf("step %s, error %v; want 15s", s.Step, err)
	}
}

func TestResampleTakesMeansOfWhatIsKnown(t *testing.T) {
	s := Series{Start: t0, Step: time.Minute, Values: []float64{1, 2, math.NaN(), 3, math.NaN(), math.NaN(), 5}}
	r := s.Resample(2 * time.Minute)
	want := []float64{1.5, 3, math.NaN(), 5}
	for i, v := range r.Values {
		if v != want[i] && !(math.IsNaN(v) && math.IsNaN(want[i])) {
			t.Fatalf("%v, want %v", r.Values, want)
		}
	}
}

func TestBetweenIsInclusive(t *testing.T) {
	s := series(10, time.Minute, func(i int, _ time.Time) float64 { return float64(i) })
	tests := []struct {
		from, to time.Duration
		want     []float64
	}{
		{2 * time.Minute, 4 * time.Minute, []float64{2, 3, 4}},
		{90 * time.Second, 150 * time.Second, []float64{2}},
		{-time.Hour, 0, []float64{0}},
		{9 * time.Minute, time.Hour, []float64{9}},
		{time.Hour, 2 * time.Hour, nil},
	}
	for _, tt := range tests {
		got := s.Between(t0.Add(tt.from), t0.Add(tt.to))
		if len(got.Values) != len(tt.want) {
			t.Errorf("from %s to %s: %v, want %v", tt.from, tt.to, got.Values, tt.want)
			continue
		}
		for i := range tt.want {
			if got.Values[i] != tt.want[i] || got.Time(i).Sub(t0) != time.Duration(tt.want[i])*time.Minute {
				t.Errorf("from %s to %s: %v at %s, want %v", tt.from, tt.to, got.Values, got.Start, tt.want)
			}
		}
	}
}
