package backtest_test

import (
	"fmt"
	"log"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

// How much better than yesterday's value is a forecast of a load that swings
// with the day and drifts from one to the next?
func Example() {
	s := forecast.Series{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Step: 5 * time.Minute}
	for i := range 20 * 288 {
		day := float64(i) / 288
		s.Values = append(s.Values, 50-40*math.Cos(2*math.Pi*day)+10*math.Sin(day))
	}
	p := backtest.Default()
	task, err := p.Task("web", s)
	if err != nil {
		log.Fatal(err)
	}
	ours, err := task.Run("highwater", p.Model(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	naive, err := task.Run("naive", p.NaiveDay(), nil)
	if err != nil {
		log.Fatal(err)
	}
	score, base := task.Score(ours, naive), task.Score(naive, ours)
	fmt.Printf("%d origins, better within half an hour: %v\n", score.Origins, score.Ratio(&base, backtest.Near) < 1)
	// Output: 39 origins, better within half an hour: true
}
