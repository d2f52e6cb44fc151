package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/internal/house"
)

func TestTheHouseIsOneWay(t *testing.T) { house.Only(t, "forecast", "forecast/calendar") }

func example() Forecast {
	start := time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)
	f := Forecast{Title: "web", Note: "a note", History: forecast.Series{Start: start, Step: time.Hour},
		Paths: &forecast.Paths{Start: start.Add(48 * time.Hour), Step: time.Hour, Taus: []float64{0.5, 0.9, 0.99}}}
	for i := range 48 {
		f.History.Values = append(f.History.Values, float64(10+i%24))
	}
	f.History.Values[7] = math.NaN()
	for i := range 24 {
		y := float64(10 + i)
		f.Paths.Values = append(f.Paths.Values, y, y+5, y+9)
	}
	f.Came = forecast.Series{Start: f.Paths.Start, Step: time.Hour, Values: []float64{11, 12, 13}}
	return f
}

// words returns the texts of an SVG, which must be well formed and hold no
// number that is not one.
func words(t *testing.T, f ...Figure) []string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, SVG, 600, 300, 2, f...); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") || strings.Contains(s, "#-") {
		t.Errorf("the picture holds what is no number or no colour")
	}
	var out []string
	d := xml.NewDecoder(&b)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := token.(xml.CharData); ok && strings.TrimSpace(string(c)) != "" {
			out = append(out, strings.TrimSpace(string(c)))
		}
	}
}

func TestAForecastIsLabelled(t *testing.T) {
	all := strings.Join(words(t, example()), "|")
	for _, want := range []string{"web", "a note", "load", "median", "to 90 %", "to 99 %", "what came", "Sat 28 Mar", "12:00"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %s", want, all)
		}
	}
	bare := example()
	bare.History, bare.Came = forecast.Series{}, forecast.Series{}
	if all := strings.Join(words(t, bare), "|"); strings.Contains(all, "what came") || strings.Contains(all, "load") {
		t.Errorf("the legend names what is not drawn: %s", all)
	}
}

func TestOddForecastsAreDrawn(t *testing.T) {
	zero := example()
	for i := range zero.Paths.Values {
		zero.Paths.Values[i] = 0
	}
	zero.History.Values, zero.Came.Values = make([]float64, 48), nil
	words(t, zero)
	one := example()
	one.Paths.Taus, one.Paths.Values = []float64{0.95}, one.Paths.Values[:24]
	words(t, one)
	huge := example()
	for i := range huge.Paths.Values {
		huge.Paths.Values[i] *= 1e17
	}
	words(t, huge, Key{Of: huge}, Bars{Title: "b"})
}

func TestPicturesArePNGOfTwiceTheSize(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, PNG, 300, 150, 2, example(), example(), example()); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 1200 || size.Y != 600 {
		t.Errorf("size %v", size)
	}
	if err := Write(io.Discard, "gif", 10, 10, 1, example()); err == nil {
		t.Error("a format that is not known is no error")
	}
}

func TestBarsShowEveryNumber(t *testing.T) {
	got := words(t, Bars{Title: "losses", Panels: []string{"near", "far"}, One: 1, Rows: []BarRow{
		{Name: "ours", Values: []float64{0.25, 0.5}, Ours: true}, {Name: "theirs", Values: []float64{math.NaN(), 7}}}})
	all := strings.Join(got, "|")
	for _, want := range []string{"losses", "near", "far", "ours", "theirs", "0.25", "0.50", "–", "7.00 →"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %s", want, all)
		}
	}
}

func labels(ticks []plot.Tick) string {
	var out []string
	for _, k := range ticks {
		out = append(out, k.Label)
	}
	return strings.Join(out, " ")
}

func TestNumbersOnTheAxisAreRoundAndShort(t *testing.T) {
	f := func(hi float64, want string) {
		t.Helper()
		if got := labels(numbers{}.Ticks(0, hi)); got != want {
			t.Errorf("up to %g: %s, want %s", hi, got, want)
		}
	}
	f(1, "0 0.2 0.4 0.6 0.8 1.0")
	f(1000, "0 200 400 600 800 1000")
	f(10000, "0 2k 4k 6k 8k 10k")
	f(8e6, "0 2M 4M 6M 8M")
	f(12.5, "0 2.5 5.0 7.5 10.0 12.5")
	f(0.04, "0 0.01 0.02 0.03 0.04")
}

// The day on which the clocks go forward has its labels at the hours that
// people read, six of the clock apart.
func TestTimesOnTheAxisAreLocal(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	from := time.Date(2026, 3, 28, 12, 0, 0, 0, berlin)
	got := labels(hours{berlin, 8}.Ticks(float64(from.Unix()), float64(from.Add(35*time.Hour).Unix())))
	if want := "12:00 18:00 Sun 29 Mar 06:00 12:00 18:00 Mon 30 Mar"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	got = labels(hours{time.UTC, 4}.Ticks(0, 12*86400))
	if n := len(strings.Fields(got)) / 3; n < 2 || n > 4 {
		t.Errorf("%d dates: %s", n, got)
	}
}
