package forecast_test

import (
	"fmt"
	"log"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// Two weeks of a load that swings between 10 and 90 each day are enough to say
// how high tomorrow noon will be.
func ExampleFit() {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var points []forecast.Point
	for i := range 14 * 24 * 12 {
		at := start.Add(time.Duration(i) * 5 * time.Minute)
		points = append(points, forecast.Point{Time: at, Value: 50 - 40*math.Cos(2*math.Pi*float64(i)/(24*12))})
	}
	series, _, err := forecast.NewSeries(points, 5*time.Minute)
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
	fmt.Printf("at noon: %.0f, hardly more than %.0f\n", median, upper)
	// Output: at noon: 90, hardly more than 90
}
