package explain

import (
	"testing"
	"time"
)

func TestQuantitiesAndSpansAreReadAtAGlance(t *testing.T) {
	for _, tt := range []struct {
		x          float64
		unit, want string
	}{
		{0, "cores", "0 cores"}, {0.253, "cores", "0.253 cores"}, {0.5, "cores", "0.5 cores"}, {1150, "requests/s", "1150 requests/s"},
		{6771518, "", "6.77M"}, {99999999, "", "100M"}, {12.34, "cores", "12.3 cores"}, {100, "requests/s", "100 requests/s"},
		{1, "cores", "1 core"}, {1, "requests/s", "1 requests/s"}, {19090, "records/s", "19.1k records/s"}, {9999.6, "", "10k"},
		{1536, "bytes", "1.5 KiB"}, {512, "bytes", "512 B"}, {3 << 30, "bytes", "3 GiB"}, {2e-5, "cores", "2e-05 cores"},
		{-12345, "", "-12.3k"}, {9.999, "", "10"}, {1e18, "", "1000000T"},
	} {
		if got := Quantity(tt.x, tt.unit); got != tt.want {
			t.Errorf("%g %s: %q, want %q", tt.x, tt.unit, got, tt.want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 s", 45 * time.Second: "45 s", 90 * time.Second: "90 s", 2 * time.Minute: "2 min", 390 * time.Second: "6 min 30 s",
		7 * time.Minute: "7 min", time.Hour: "1 h", 90 * time.Minute: "1 h 30 min", 25*time.Hour + time.Second: "25 h 1 s", 250 * time.Millisecond: "250 ms",
	} {
		if got := Span(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestATimeOfAnotherDayHasItsDay(t *testing.T) {
	now := time.Date(2026, 3, 2, 23, 50, 0, 5, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "23:50:00 UTC", time.Minute: "23:51:01 UTC", -time.Minute: "23:49:00 UTC",
		10 * time.Minute: "3 Mar 00:00:01 UTC", -24 * time.Hour: "1 Mar 23:50:00 UTC", 365 * 24 * time.Hour: "2 Mar 2027 23:50:01 UTC",
	} {
		if got := Clock(now.Add(d), now); got != want {
			t.Errorf("%s from now: %q, want %q", d, got, want)
		}
	}
}

func TestWhatChangedIsSaidWithoutExponents(t *testing.T) {
	for _, tt := range []struct {
		from, to float64
		want     string
	}{
		{100, 270, "170 % more pods"}, {100, 88, "12 % fewer pods"}, {100, 100, "as many pods"}, {1000, 1001.28, "0.128 % more pods"},
		{1, 1234, "123300 % more pods"}, {0, 5, "5 pods instead of 0"}, {100, 100.001, "as many pods"},
	} {
		if got := Change(tt.from, tt.to, "pods"); got != tt.want {
			t.Errorf("%g to %g: %q, want %q", tt.from, tt.to, got, tt.want)
		}
	}
}
