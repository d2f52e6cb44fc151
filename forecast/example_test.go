package forecast_test

import (
	"fmt"
	"log"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// start is a Monday.
var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// visits is a load that deviations between 10 at midnight and 90 at noon.
func visits(at time.Time) float64 {
	hour := float64(at.Hour()) + float64(at.Minute())/60
	return 50 - 40*math.Cos(2*math.Pi*hour/24)
}

// history samples load every five minutes.
func history(from time.Time, days int, load func(time.Time) float64) forecast.Series {
	s := forecast.Series{Start: from, Step: 5 * time.Minute, Values: make([]float64, days*24*12)}
	for i := range s.Values {
		s.Values[i] = load(s.Time(i))
	}
	return s
}

// Two weeks of a load that deviations between 10 and 90 each day are enough to say
// how high tomorrow noon will be.
func ExampleFit() {
	var points []forecast.Point // as they come from a database, in any order
	for i := range 14 * 24 * 12 {
		at := start.Add(time.Duration(i) * 5 * time.Minute)
		points = append(points, forecast.Point{Time: at, Value: visits(at)})
	}
	series, quality, err := forecast.NewSeries(points, 5*time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	model, err := forecast.Fit(series, forecast.Options{})
	if err != nil {
		log.Fatal(err)
	}
	paths := model.Forecast(nil, []float64{0.5, 0.95})
	noon := start.Add(14*24*time.Hour + 12*time.Hour)
	median, _ := paths.At(noon, 0.5)
	upper, _ := paths.At(noon, 0.95)
	fmt.Printf("%d points, %d missing\n", quality.Points, quality.Missing)
	fmt.Printf("at noon: %.0f, hardly more than %.0f\n", median, upper)
	// Output:
	// 4032 points, 0 missing
	// at noon: 90, hardly more than 90
}

// Where there is too little to go on, the error says why, and what to do.
func ExampleNoForecast() {
	_, err := forecast.Fit(forecast.Series{Start: start, Step: time.Minute, Values: []float64{1, 2, 3}}, forecast.Options{})
	fmt.Println(err)
	// Output: no forecast (TooShort): 3 samples over 2m0s are known, 10 over 30m0s are needed
}

// On a holiday that the calendar knows, a shop that closes on Sundays is
// forecast to be closed.
func ExampleCalendar() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		log.Fatal(err)
	}
	goodFriday := forecast.Date{Year: 2026, Month: time.April, Day: 3}
	calendar := &forecast.Calendar{
		Location: berlin, // whose midnights begin the days, and whose clocks change
		Holidays: map[forecast.Date]string{goodFriday: "Good Friday"},
		Events: []forecast.Event{{
			Name:       "sale",
			Start:      time.Date(2026, 4, 3, 18, 0, 0, 0, berlin),
			End:        time.Date(2026, 4, 3, 20, 0, 0, 0, berlin),
			Multiplier: 2,
		}},
	}
	open := func(at time.Time) float64 {
		if at.In(berlin).Weekday() == time.Sunday {
			return 10
		}
		return 100
	}
	thursday := time.Date(2026, 4, 2, 22, 0, 0, 0, time.UTC) // midnight in Berlin
	s := history(thursday.AddDate(0, 0, -21), 21, open)

	noon, sale := time.Date(2026, 4, 3, 12, 0, 0, 0, berlin), time.Date(2026, 4, 3, 19, 0, 0, 0, berlin)
	for _, c := range []*forecast.Calendar{nil, calendar} {
		model, err := forecast.Fit(s, forecast.Options{Calendar: c})
		if err != nil {
			log.Fatal(err)
		}
		paths := model.Forecast(nil, []float64{0.5})
		atNoon, _ := paths.At(noon, 0.5)
		atSale, _ := paths.At(sale, 0.5)
		fmt.Printf("noon %.0f, sale %.0f\n", atNoon, atSale)
	}
	// Output:
	// noon 100, sale 100
	// noon 10, sale 20
}

// New samples move the origin at once, and are learned from at the next Refit.
func ExampleModel_Append() {
	all := history(start, 10, visits)
	known := all.Between(start, start.AddDate(0, 0, 9))
	model, err := forecast.Fit(known, forecast.Options{Horizon: time.Hour})
	if err != nil {
		log.Fatal(err)
	}
	var paths forecast.Paths // is reused
	for _, hour := range []int{4, 8, 12} {
		now := start.AddDate(0, 0, 9).Add(time.Duration(hour) * time.Hour)
		if err := model.Append(all.Between(model.Origin(), now)); err != nil {
			log.Fatal(err)
		}
		model.Forecast(&paths, []float64{0.5})
		fmt.Printf("%s: %.0f in an hour\n", model.Origin().Format("15:04"), paths.Value(paths.Steps()-1, 0.5))
	}
	if err := model.Refit(); err != nil { // now and then, when there is time
		log.Fatal(err)
	}
	// Output:
	// 04:00: 40 in an hour
	// 08:00: 78 in an hour
	// 12:00: 89 in an hour
}

// What has to be ready for the next half hour is the largest load within it,
// with the probability that it is enough.
func ExampleModel_Peaks() {
	model, err := forecast.Fit(history(start, 14, visits), forecast.Options{Window: 30 * time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	eight := start.AddDate(0, 0, 14).Add(8 * time.Hour)
	load, _ := model.Forecast(nil, []float64{0.95}).At(eight, 0.95)
	peak, _ := model.Peaks(nil, []float64{0.95}).At(eight, 0.95)
	fmt.Printf("%.0f at eight, and more until half past: %t\n", load, peak > visits(eight.Add(30*time.Minute)))
	// Output: 70 at eight, and more until half past: true
}

// A forecaster from elsewhere, here one that knows of a campaign every hour's
// budget of which is drawn anew, takes part if it held out on the past.
func ExampleModel_Admit() {
	budget := func(at time.Time) float64 { return 60 * float64(at.Unix()/3600*2654435761%97) / 97 }
	load := func(at time.Time) float64 { return visits(at) + budget(at) }
	model, err := forecast.Fit(history(start, 14, load), forecast.Options{})
	if err != nil {
		log.Fatal(err)
	}
	// It is given the last four hours before origins of the past, and now.
	questions := model.Questions(4 * 12)
	answers := make([][]float64, len(questions))
	for i, q := range questions {
		for h := range 24 * 12 {
			answers[i] = append(answers[i], load(q.Time(q.Len()+h)))
		}
	}
	if err := model.Admit("campaigns", questions, answers); err != nil {
		log.Fatal(err)
	}
	for _, s := range model.Shares()[:1] {
		fmt.Printf("%s: %.0f%% near, %.0f%% far\n", s.Name, 100*s.Near, 100*s.Far)
	}
	// Output: campaigns: 100% near, 100% far
}

// What was found in a history is for the user to see.
func ExampleModel_Findings() {
	s := history(start, 14, visits)
	for i := range 36 { // three hours of zeros on the tenth day
		s.Values[9*24*12+100+i] = 0
	}
	model, err := forecast.Fit(s, forecast.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range model.Findings() {
		fmt.Println(f.Kind, f.From.Format("2 Jan 15:04"), f.To.Format("15:04"))
	}
	// Output: Outage 11 Mar 08:20 11:15
}
