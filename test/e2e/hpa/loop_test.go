package hpa

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// TestPlayIsTheRealHPA closes the loop around the real controller with pods
// that start after a fixed time, and expects the replicas of Loop.Play.
func TestPlayIsTheRealHPA(t *testing.T) {
	const start = 75 * time.Second
	floors := make([]int32, 25)
	for i := range floors {
		floors[i] = int32(i * 7 % 23)
	}
	for _, tt := range []struct {
		name          string
		spec          simulate.Spec
		delay, window time.Duration
		saturates     bool
		floors        []int32
	}{
		{"cpu", spec(cpu), 0, 0, true, nil},
		{"cpu, late", spec(cpu), 30 * time.Second, 15 * time.Second, true, nil},
		{"cpu, late, with a behavior", behaved(simulate.Behavior{}, cpu), 30 * time.Second, 15 * time.Second, true, nil},
		{"pods", spec(ofPods), 0, 0, false, nil},
		{"pods, late", spec(ofPods), 45 * time.Second, 0, false, nil},
		{"queue", spec(queue), 0, 0, false, nil},
		{"queue, late", spec(queue), 60 * time.Second, 0, false, nil},
		{"object as a whole", spec(objectAll), 0, 0, false, nil},
		{"floors", spec(cpu), 0, 15 * time.Second, true, floors},
		{"floors with a behavior", behaved(simulate.Behavior{}, ofPods), 30 * time.Second, 0, false, floors},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				loop := &simulate.Loop{
					Spec: tt.spec, PerPod: []float64{100}, Start: simulate.Starts{Fixed: start},
					Delay: tt.delay, Window: tt.window, Saturates: tt.saturates,
				}
				b := &block{loop: loop, load: forecast.Series{Step: time.Minute}}
				value := noisy(0.1, wave(300, 2600, 25))
				if tt.spec.Metrics[0].Kind == simulate.Value {
					value = noisy(0.1, wave(500, 900, 25))
				}
				r := seeded("play " + tt.name)
				for k := range syncs / 4 {
					b.load.Values = append(b.load.Values, math.Round(value(k, r)*1000)/1000)
				}
				n := max(tt.spec.Min, int32(math.Ceil(b.load.Values[0]/tt.spec.Metrics[0].PerPod())))
				if math.IsNaN(tt.spec.Metrics[0].PerPod()) {
					n = tt.spec.Min
				}
				var fl *simulate.Floors
				if tt.floors != nil {
					fl = &simulate.Floors{Step: 2 * time.Minute, Values: tt.floors}
					n = min(max(n, or(tt.floors[0], tt.spec.Min)), tt.spec.Max)
				}
				theirs := newReal(t, hpaObject(tt.spec), n, b, defaultDownscale, 0.1)
				b.load.Start = theirs.at(0)
				if fl != nil {
					fl.Start = theirs.at(0)
				}
				var trace simulate.Trace
				if _, err := loop.Play([]forecast.Series{b.load}, theirs.at(0), theirs.at(syncs), fl, &trace); err != nil {
					t.Fatal(err)
				}
				for range n {
					b.pods = append(b.pods, stamps{theirs.at(-300), theirs.at(-300)})
				}
				b.past = map[time.Time]int{}
				for k := range syncs {
					if fl != nil {
						theirs.setMin(or(tt.floors[k/8%len(tt.floors)], tt.spec.Min))
					}
					b.now = theirs.at(k)
					theirs.status = theirs.replicas
					if got := theirs.sync(k, b.objects()); got != trace.Replicas[k] {
						t.Fatalf("sync %d of %d replicas: Kubernetes made %d of them, Play %d", k, theirs.status, got, trace.Replicas[k])
					}
					b.scale(int(theirs.replicas), start)
				}
			})
		})
	}
}

// A block is pods that start after a fixed time and share one load.
type block struct {
	loop *simulate.Loop
	load forecast.Series
	now  time.Time
	pods []stamps
	past map[time.Time]int // ready pods after each sync
}

type stamps struct{ created, ready time.Time }

// scale adds pods, or removes the newest.
func (b *block) scale(n int, start time.Duration) {
	for len(b.pods) < n {
		b.pods = append(b.pods, stamps{b.now, b.now.Add(start)})
	}
	b.pods = b.pods[:n]
	b.past[b.now] = b.ready(b.now)
}

func (b *block) ready(at time.Time) int {
	n := 0
	for _, p := range b.pods {
		if !p.ready.After(at) {
			n++
		}
	}
	return n
}

// sampled returns the load that the metrics show and the pods that were ready
// when they were taken.
func (b *block) sampled() (float64, int) {
	at := b.now.Add(-b.loop.Delay)
	ready, ok := b.past[at]
	if !ok || b.loop.Delay == 0 {
		ready = b.ready(at)
	}
	if at.Before(b.load.Start) {
		at, ready = b.load.Start, b.ready(at)
	}
	load := b.load.Values[b.load.Index(at)]
	if b.loop.Saturates {
		load = min(load, float64(ready)*b.loop.PerPod[0])
	}
	return load, ready
}

func podName(i int) string { return "web-" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

func (b *block) objects() []*corev1.Pod {
	w := &world{scenario: &scenario{spec: b.loop.Spec}, now: b.now}
	for i, p := range b.pods {
		m := &member{name: podName(i), age: b.now.Sub(p.created), since: b.now.Sub(p.ready)}
		if p.ready.After(b.now) {
			m.phase = simulate.Pending
		}
		w.members = append(w.members, m)
	}
	return w.objects()
}

func (b *block) ofPods() (metrics.PodMetricsInfo, time.Time, error) {
	load, ready := b.sampled()
	at := b.now.Add(-b.loop.Delay)
	info := metrics.PodMetricsInfo{}
	for i, p := range b.pods {
		if !p.ready.After(at) {
			info[podName(i)] = metrics.PodMetric{Timestamp: at, Window: b.loop.Window, Value: int64(math.Ceil(load / float64(ready) * 1000))}
		} else if b.loop.Spec.Metrics[0].Kind == simulate.Utilization {
			info[podName(i)] = metrics.PodMetric{Timestamp: at, Window: b.loop.Window}
		}
	}
	return info, at, nil
}

func (b *block) GetResourceMetric(_ context.Context, _ corev1.ResourceName, _ string, _ labels.Selector, _ string) (metrics.PodMetricsInfo, time.Time, error) {
	return b.ofPods()
}

func (b *block) GetRawMetric(_, _ string, _, _ labels.Selector) (metrics.PodMetricsInfo, time.Time, error) {
	return b.ofPods()
}

func (b *block) GetObjectMetric(_, _ string, _ *autoscalingv2.CrossVersionObjectReference, _ labels.Selector) (int64, time.Time, error) {
	load, _ := b.sampled()
	return int64(math.Round(load * 1000)), b.now, nil
}

func (b *block) GetExternalMetric(_, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	load, _ := b.sampled()
	return []int64{int64(math.Round(load * 1000))}, b.now, nil
}
