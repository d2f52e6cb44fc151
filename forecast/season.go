package forecast

import (
	"math"
	"time"
)

// shortPeriods are the seasons below a day that schedules have, in minutes.
var shortPeriods = [...]int{10, 15, 20, 30, 60, 90, 120, 180, 240, 360, 480, 720}

// findPeriod sets the period whose last three cycles foretell the load best,
// judged on every few samples.
func (f *frame) findPeriod() {
	f.period = max(2, int(time.Hour/f.step))
	best := math.Inf(1)
	stride := coprime(f.n/1024, f.period)
	for _, minutes := range shortPeriods {
		d := time.Duration(minutes) * time.Minute
		p := int(d / f.step)
		if d%f.step != 0 || p < 3 || 4*p > f.n {
			continue
		}
		sum, n := 0.0, 0.0
		for i := f.n - 1; i >= 3*p; i -= stride {
			d := math.Abs(f.y[i] - (f.y[i-p]+f.y[i-2*p]+f.y[i-3*p])/3)
			if d == d {
				sum += d
				n++
			}
		}
		if n >= 20 && sum/n < best {
			best, f.period = sum/n, p
		}
	}
}

// findSmoothing sets how many neighbours the anchors average: none where the
// load has teeth at fixed minutes, more where it is noise about a smooth day.
// A rare peak that comes at the same time each day is not averaged with
// its neighbours: it would vanish, and it is what floors are raised for.
func (f *frame) findSmoothing(l *learned) {
	f.smooth, f.spiky = 0, false
	if !f.seasonal() {
		return
	}
	if f.spiky = f.dailySpike()-l.middle > rareSpike*(l.high-l.middle); f.spiky {
		return
	}
	best := math.Inf(1)
	stride := coprime(f.n/2048, f.day)
	for _, half := range f.halfWidths() {
		sum := 0.0
		for i := f.n - 1; i >= f.day && sum < best; i -= stride {
			total, weights, weight := 0.0, 0.0, 1.0
			for j := i - int(f.dayLag[i]); j >= 0 && weight > 0.4; j -= f.day {
				lo, hi := max(j-half, 0), min(j+half, f.n-1)
				around, n := 0.0, 0.0
				for _, v := range f.y[lo : hi+1] {
					if v == v {
						around += v
						n++
					}
				}
				if n > 0 {
					total += weight * around / n
					weights += weight
				}
				weight *= dayDecay
			}
			if d := math.Abs(f.y[i] - total/weights); d == d {
				sum += d
			}
		}
		if sum < best {
			best, f.smooth = sum, half
		}
	}
}

// rareSpike is how many times higher above the median a spike is than what one
// sample in 200 exceeds.
const rareSpike = 2

// dailySpike returns the largest load of the last day that came the day before,
// too, give or take a step.
func (f *frame) dailySpike() float64 {
	top := 0.0
	for i := max(f.n-f.day, f.day+1); i < f.n; i++ {
		j := i - f.day
		again := f.y[j]
		for _, v := range [...]float64{f.y[j-1], f.y[j+1]} {
			if v > again {
				again = v
			}
		}
		if v := min(f.y[i], again); v > top {
			top = v
		}
	}
	return top
}

// halfWidths returns the candidates of findSmoothing: nothing, one step, and
// what makes 5 and 15 minutes.
func (f *frame) halfWidths() []int {
	list := []int{0}
	if f.step <= 30*time.Minute {
		list = append(list, 1)
	}
	for _, d := range []time.Duration{5 * time.Minute, 15 * time.Minute} {
		if half := int(d / f.step); half > list[len(list)-1] {
			list = append(list, half)
		}
	}
	return list
}

// coprime returns the least stride from the given one on, and from one, that
// shares no factor with period: each phase of it has its turn.
func coprime(stride, period int) int {
	stride = max(1, stride)
	for stride > 1 && gcd(stride, period) > 1 {
		stride++
	}
	return stride
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
