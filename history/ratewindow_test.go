package history_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/history"
)

// The range of rate() follows from how often the store has samples.
func TestTheRateWindowFollowsFromTheScrapeInterval(t *testing.T) {
	for _, c := range []struct {
		load string
		want time.Duration
	}{
		{"load 15s\n  up{metrics_path=\"/metrics/cadvisor\"} 1x120\n", 2 * time.Minute},
		{"load 30s\n  up{metrics_path=\"/metrics/cadvisor\"} 1x60\n", 2 * time.Minute},
		{"load 60s\n  up{metrics_path=\"/metrics/cadvisor\"} 1x30\n  up{metrics_path=\"/metrics\",job=\"other\"} 1x30\n", 4 * time.Minute},
		{"load 60s\n  container_cpu_usage_seconds_total{namespace=\"kube-system\",container=\"dns\"} 0+1x30\n", 4 * time.Minute},
		{"load 120s\n  up{job=\"apps\"} 1x15\n", 8 * time.Minute},
		{"load 300s\n  up{job=\"apps\"} 1x15\n", 10 * time.Minute},
	} {
		for shift := range 10 { // within a scrape interval
			now := epoch.Add(20*time.Minute + time.Duration(shift)*7*time.Second)
			got, err := history.RateWindow(t.Context(), history.NewReader(script(t, c.load), history.ReaderOptions{}), now)
			if err != nil || got != c.want {
				t.Errorf("%s at %s: %s, %v; want %s", c.load, now.Format("15:04:05"), got, err, c.want)
			}
		}
	}
	if got, err := history.RateWindow(t.Context(), history.NewReader(script(t, "load 60s\n  x 1x30\n"), history.ReaderOptions{}), epoch.Add(20*time.Minute)); err == nil {
		t.Errorf("%s of a store without scrapes", got)
	}
}

// One of three pods misses one scrape of each minute. With the range that follows from the interval it still counts: for a
// minute as five eighths, since rate() fills only half an interval up, and not as none for two.
func TestAMissedScrapeIsHardlyLessLoad(t *testing.T) {
	load := "load 60s\n  up{metrics_path=\"/metrics/cadvisor\"} 1x90\n"
	for i, values := range []string{"0+60x60", "0+60x60", "0+60x18 _ 1200+60x40"} {
		load += fmt.Sprintf("  container_cpu_usage_seconds_total{namespace=\"shop\",container=\"app\",pod=\"web-7c5998fdd-%ctnw5\"} %s\n", "jkl"[i], values)
	}
	r := history.NewReader(script(t, load), history.ReaderOptions{})
	window, err := history.RateWindow(t.Context(), r, epoch.Add(30*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	q, err := history.Derive(history.Metric{Kind: history.Resource, Name: "cpu"}, web, history.DeriveOptions{RateWindow: window})
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.Read(t.Context(), q, epoch.Add(8*time.Minute), epoch.Add(50*time.Minute), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range res.Series.Values {
		if v < 2.6 || v > 3.1 {
			t.Errorf("%g cores at %s, want 3 and never much less", v, res.Series.Time(i).Sub(epoch))
		}
	}
}
