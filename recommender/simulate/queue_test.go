package simulate

import (
	"math"
	"testing"
	"time"
)

// Reference values: Erlang's sums in exact fractions,
//
//	python3 -c 'from fractions import Fraction as F; from math import factorial as f
//	C=lambda c,a: (t:=F(a)**c/f(c)*F(c)/(c-F(a)))/(sum(F(a)**k/f(k) for k in range(c))+t)
//	print([float(C(c,a)) for c,a in [(1,F(1,2)),(2,1),(10,8),(50,45),(200,190)]])'
var erlang = []struct {
	servers          int
	offered          float64
	wait, mean, late float64 // probability of a wait; its mean and its 95 % quantile in service times
}{
	{1, 0.5, 0.5, 1, 4.605170185988092},
	{2, 1, 1. / 3, 1. / 3, 1.8971199848858813},
	{10, 8, 0.40918015079644354, 0.20459007539822177, 1.0510662600663683},
	{50, 45, 0.3638644672069884, 0.07277289344139767, 0.39695169000676883},
	{200, 190, 0.3652638565625464, 0.03652638565625464, 0.19885969816837398},
}

func TestQueueAgreesWithErlang(t *testing.T) {
	near := func(got, want float64) bool { return math.Abs(got-want) <= 1e-12*want }
	for _, tt := range erlang {
		q := Queue{Arrivals: tt.offered * 10, Service: 100 * time.Millisecond}
		if got := q.WaitProbability(tt.servers); !near(got, tt.wait) {
			t.Errorf("C(%d, %v) = %v, want %v", tt.servers, tt.offered, got, tt.wait)
		}
		if got := q.MeanWait(tt.servers) * 10; !near(got, tt.mean) {
			t.Errorf("mean wait of %d servers at %v is %v, want %v", tt.servers, tt.offered, got, tt.mean)
		}
		if got := q.WaitQuantile(tt.servers, 0.95) * 10; !near(got, tt.late) {
			t.Errorf("95 %% quantile of %d servers at %v is %v, want %v", tt.servers, tt.offered, got, tt.late)
		}
		// It is exact for one server and 10 % too much at worst here, for two.
		if got := q.Sakasegawa(tt.servers) * 10; math.Abs(got-tt.mean) > 0.1*tt.mean {
			t.Errorf("Sakasegawa's wait of %d servers at %v is %v, want about %v", tt.servers, tt.offered, got, tt.mean)
		}
	}
}

func TestServersIsTheLeastThatWillDo(t *testing.T) {
	for _, arrivals := range []float64{0.3, 5, 80, 777} {
		q := Queue{Arrivals: arrivals, Service: 250 * time.Millisecond, Variability: 1.7}
		for _, objective := range []time.Duration{0, 10 * time.Millisecond, time.Second} {
			n := q.Servers(objective, 0.95, 1000)
			if q.WaitQuantile(n, 0.95) > objective.Seconds() {
				t.Errorf("%v/s: %d servers do not meet %s", arrivals, n, objective)
			}
			if n > 1 && q.WaitQuantile(n-1, 0.95) <= objective.Seconds() {
				t.Errorf("%v/s: one server fewer than %d meets %s too", arrivals, n, objective)
			}
		}
	}
}

func TestAQueueWithoutEnoughServersIsNeverDone(t *testing.T) {
	q := Queue{Arrivals: 100, Service: 100 * time.Millisecond}
	if q.WaitProbability(10) != 1 || !math.IsInf(q.MeanWait(10), 1) || !math.IsInf(q.WaitQuantile(9, 0.5), 1) || !math.IsInf(q.Sakasegawa(3), 1) {
		t.Error("ten servers can't serve a load of ten")
	}
	if n := q.Servers(time.Second, 0.95, 8); n != 8 {
		t.Errorf("%d servers, want the most there may be, 8", n)
	}
	if idle := (Queue{Service: time.Second}); idle.MeanWait(0) != 0 || idle.WaitQuantile(1, 0.99) != 0 {
		t.Error("nobody waits where nobody comes")
	}
}
