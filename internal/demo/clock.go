package demo

import "time"

// A Clock runs at a multiple of real time.
type Clock struct {
	began time.Time // real
	from  time.Time // simulated, when it began
	speed float64
}

// NewClock returns a clock that shows from now and runs speed times as fast
// as real time.
func NewClock(from time.Time, speed float64) Clock {
	return Clock{began: time.Now(), from: from, speed: speed}
}

// Now returns the simulated time.
func (c Clock) Now() time.Time {
	return c.from.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}
