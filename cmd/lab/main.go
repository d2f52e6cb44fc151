package main

import (
	"flag"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/replay"
	"github.com/highwater-dev/highwater/simulate"
)

func main() {
	start := flag.Duration("start", 90*time.Second, "")
	hold := flag.Duration("hold", 2*time.Minute, "")
	margin := flag.Duration("margin", 30*time.Second, "")
	target := flag.Float64("target", .7, "")
	budget := flag.Float64("budget", 0, "")
	ratio := flag.Float64("ratio", 50, "")
	flag.Parse()
	files := flag.Args()
	lines := make([]string, len(files))
	type agg struct{ short, min, pods, ch float64; rs, rp []float64 }
	ag := map[string]*agg{}
	for _, n := range replay.Policies { ag[n] = &agg{} }
	var mu sync.Mutex
	var wg sync.WaitGroup
	sem := make(chan int, runtime.NumCPU())
	bindS, bindM := 0., 0.
	for fi, f := range files {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sem <- 1
			defer func() { <-sem }()
			pts, err := history.OpenCSV(f)
			if err != nil { panic(err) }
			s, _, err := forecast.NewSeries(pts, 0)
			if err != nil { panic(err) }
			if s.Span() < 8*24*time.Hour { return }
			capa := replay.Capacity(s, 10, 0.7)
			p := recommender.DefaultPolicy()
			p.LeadTime = *start + *margin
			p.Hold = *hold
			p.Risk = recommender.Risk{Budget: *budget, Ratio: *ratio}
			c := replay.Case{
				Loop: simulate.Loop{Spec: simulate.Spec{Min: 2, Max: 200, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: *target * capa}}}, PerPod: []float64{capa}, Start: simulate.Starts{Fixed: *start}},
				Loads: []forecast.Series{s}, Policy: p,
			}
			t0 := time.Now()
			pr, err := c.Prove(nil, nil)
			if err != nil { lines[fi] = err.Error(); return }
			took := time.Since(t0)
			h, _ := pr.Result("hpa")
			l := fmt.Sprintf("%-22s %5.1fd hpa %.2f%% (%.0f) %s q%g %.1fs |", strings.TrimSuffix(filepath.Base(f), ".csv.gz"), h.Minutes/1440, h.ShortMinutes/h.Minutes*100, h.ShortMinutes, pr.Verdict, pr.Quantile, took.Seconds())
			mu.Lock()
			defer mu.Unlock()
			for _, r := range pr.Results {
				a := ag[r.Policy]
				a.short += r.ShortMinutes; a.min += r.Minutes; a.pods += r.PodHours; a.ch += float64(r.FloorChanges) / (r.Minutes / 1440)
				if h.ShortMinutes > 0.001*h.Minutes { a.rs = append(a.rs, r.ShortMinutes/h.ShortMinutes) }
				a.rp = append(a.rp, r.PodHours/h.PodHours)
				l += fmt.Sprintf(" %s %.2f/%.3f", r.Policy, (r.ShortMinutes+.1)/(h.ShortMinutes+.1), r.PodHours/h.PodHours)
				if r.Policy == "highwater" && h.ShortMinutes > *budget*h.Minutes { bindS += r.ShortMinutes; bindM += r.Minutes * *budget }
			}
			lines[fi] = l
		}()
	}
	wg.Wait()
	for _, l := range lines { if l != "" { fmt.Println(l) } }
	h := ag["hpa"]
	for _, n := range replay.Policies {
		a := ag[n]
		slices.Sort(a.rs)
		gp := 0.
		for _, x := range a.rp { gp += math.Log(x) }
		fmt.Printf("%-10s short %.3f%%  rel short %.3f  rel pods %.3f (geo %.3f) median short (of %d) %.3f  changes/day %.1f\n", n, a.short/a.min*100, a.short/h.short, a.pods/h.pods, math.Exp(gp/float64(len(a.rp))), len(a.rs), a.rs[len(a.rs)/2], a.ch/float64(len(a.rp)))
	}
	fmt.Printf("binding: happened/budget %.2f\n", bindS/bindM)
}
