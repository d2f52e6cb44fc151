package hpa

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A world is the pods and the metrics, in the words of both controllers: as
// objects for the real one, as a simulate.State for ours.
type world struct {
	*scenario
	r   *rand.Rand
	now time.Time // of the sync to come

	members []*member
	all     []*member // while nobody is listed
	named   int
	whole   []float64 // by metric: of Object and External, NaN if the API fails
}

// A member is one pod.
type member struct {
	name                    string
	created, started, ready time.Time // planned
	flipped                 time.Time // when it was last unready after having been ready
	gone                    time.Time // failed, but still listed until then
	condition               simulate.Condition
	phase                   simulate.Phase
	age, since              time.Duration // at the sync to come
	values                  []float64     // by metric, NaN if there is none
}

// settle brings the members to as many as there shall be at the next sync. The
// first ones have been there for an hour.
func (w *world) settle(replicas int32) {
	if w.all != nil {
		w.members, w.all = w.all, nil
	}
	if w.r.Float64() < w.surge {
		replicas += 1 + w.r.Int32N(4)
	}
	alive := 0
	kept := w.members[:0]
	for _, m := range w.members {
		if m.gone.IsZero() {
			alive++
		} else if !w.now.Before(m.gone) {
			continue
		}
		kept = append(kept, m)
	}
	w.members = kept
	for i := len(w.members) - 1; i >= 0 && alive > int(replicas); i-- {
		if m := w.members[i]; m.gone.IsZero() {
			alive--
			m.gone = w.now
			if w.r.Float64() < w.lingering {
				m.gone = w.now.Add(40 * time.Second)
			}
		}
	}
	kept = w.members[:0]
	for _, m := range w.members {
		if m.gone.IsZero() || m.gone.After(w.now) {
			kept = append(kept, m)
		}
	}
	w.members = kept
	for ; alive < int(replicas); alive++ {
		w.named++
		m := &member{name: fmt.Sprintf("web-%d", w.named), created: w.now}
		m.started = m.created.Add(w.pick(w.pending))
		m.ready = m.started.Add(w.pick(w.starting))
		if w.named <= int(w.start) {
			m.created = w.now.Add(-time.Hour)
			m.started, m.ready = m.created, m.created.Add(time.Minute)
		}
		w.members = append(w.members, m)
	}
}

// pick returns a time up to twice the mean, in whole seconds.
func (w *world) pick(mean time.Duration) time.Duration {
	if mean == 0 {
		return 0
	}
	return time.Duration(w.r.Int64N(2*int64(mean)+1)) / time.Second * time.Second
}

// live sets what each member looks like at the sync to come, and its metrics.
func (w *world) live(k int) {
	loads := make([]float64, len(w.loads))
	for i, load := range w.loads {
		loads[i] = math.Round(load(k, w.r)*1000) / 1000
	}
	if w.r.Float64() < w.nobody {
		w.members, w.all = nil, w.members
	}
	serving := 0
	for _, m := range w.members {
		w.age(m)
		if m.phase == simulate.Running && m.condition == simulate.True {
			serving++
		}
	}
	copy(w.whole, loads)
	for _, m := range w.members {
		m.values = make([]float64, len(loads))
		for i, load := range loads {
			m.values[i] = math.NaN()
			if m.phase == simulate.Pending || w.r.Float64() < w.missing {
				continue
			}
			// A pod that does not serve uses something too, as pods do that start.
			share := load / float64(max(serving, 1)) * (1 + w.noise*(2*w.r.Float64()-1))
			if m.condition != simulate.True {
				share *= w.r.Float64()
			}
			m.values[i] = math.Round(share*1000) / 1000
		}
	}
}

// age sets a member's phase and condition.
func (w *world) age(m *member) {
	m.phase, m.condition = simulate.Running, simulate.True
	m.age = w.now.Sub(m.started)
	if !m.gone.IsZero() {
		m.phase = simulate.Terminating
		if m.name[len(m.name)-1]%2 == 0 {
			m.phase = simulate.Failed
		}
	}
	if w.now.Before(m.started) {
		m.phase, m.condition, m.age, m.since = simulate.Pending, simulate.False, 0, w.now.Sub(m.created)
		return
	}
	if w.now.Before(m.ready) {
		m.condition, m.since = simulate.False, m.age
		if w.odd > 0 && w.r.Float64() < w.odd {
			m.condition = simulate.Absent
		}
		return
	}
	m.since = w.now.Sub(m.ready)
	if w.r.Float64() < w.flapping {
		m.flipped = w.now.Add(-time.Duration(w.r.IntN(14)) * time.Second)
	}
	if !m.flipped.IsZero() {
		// Unready for half a minute, then ready again from then on.
		m.since = w.now.Sub(m.flipped)
		if m.since < 30*time.Second {
			m.condition = simulate.False
			if w.r.Float64() < w.odd {
				m.condition = simulate.Unknown
			}
		} else {
			m.since -= 30 * time.Second
		}
	}
}

// state is the world in our words.
func (w *world) state(replicas, status int32) simulate.State {
	s := simulate.State{Replicas: replicas, Status: status, Values: w.whole, Sampled: w.sampled, Window: w.window}
	for _, m := range w.members {
		s.Classes = append(s.Classes, simulate.Class{
			Count: 1, Phase: m.phase, Ready: m.condition, Age: m.age, Since: m.since, Values: m.values,
		})
	}
	for i := range w.strays {
		s.Classes = append(s.Classes, simulate.Class{Count: 1, Phase: simulate.Stray, Values: w.strayValues(i)})
	}
	return s
}

// strayValues are the metrics of a pod that is no longer there.
func (w *world) strayValues(i int) []float64 {
	v := make([]float64, len(w.loads))
	for k := range v {
		v[k] = float64(10 + i)
		if math.IsNaN(w.whole[k]) {
			v[k] = math.NaN()
		}
	}
	return v
}

// objects is the world in the words of Kubernetes.
func (w *world) objects() []*corev1.Pod {
	pods := make([]*corev1.Pod, 0, len(w.members))
	for _, m := range w.members {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: m.name, Labels: map[string]string{"app": "web"}}}
		c := corev1.Container{Name: "app"}
		c.Resources.Requests = corev1.ResourceList{}
		for _, spec := range w.spec.Metrics {
			switch source(spec) {
			case simulate.Resource:
				c.Resources.Requests[corev1.ResourceCPU] = quantity(spec.Request)
			case simulate.Memory:
				c.Resources.Requests[corev1.ResourceMemory] = quantity(spec.Request)
			}
		}
		p.Spec.Containers = []corev1.Container{c}
		p.Status.Phase = corev1.PodRunning
		switch m.phase {
		case simulate.Pending:
			p.Status.Phase = corev1.PodPending
		case simulate.Failed:
			p.Status.Phase = corev1.PodFailed
		case simulate.Terminating:
			p.DeletionTimestamp = &metav1.Time{Time: w.now}
		}
		if m.phase != simulate.Pending {
			p.Status.StartTime = &metav1.Time{Time: w.now.Add(-m.age)}
		}
		if m.condition != simulate.Absent {
			p.Status.Conditions = []corev1.PodCondition{{
				Type: corev1.PodReady, LastTransitionTime: metav1.Time{Time: w.now.Add(-m.since)},
				Status: [...]corev1.ConditionStatus{corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown}[m.condition],
			}}
		}
		pods = append(pods, p)
	}
	return pods
}

// The world is what the real controller asks for metrics.
var _ metrics.MetricsClient = (*world)(nil)

var errDown = errors.New("the metrics API is down")

// ofPods returns metric i of each pod.
func (w *world) ofPods(i int) (metrics.PodMetricsInfo, time.Time, error) {
	if math.IsNaN(w.whole[i]) {
		return nil, time.Time{}, errDown
	}
	info, at := metrics.PodMetricsInfo{}, w.now.Add(-w.sampled)
	add := func(name string, v float64) {
		if !math.IsNaN(v) {
			info[name] = metrics.PodMetric{Timestamp: at, Window: w.window, Value: int64(math.Round(v * 1000))}
		}
	}
	for _, m := range w.members {
		add(m.name, m.values[i])
	}
	for k := range w.strays {
		add(fmt.Sprintf("stray-%d", k), w.strayValues(k)[i])
	}
	return info, at, nil
}

// index finds a metric of the spec by its name or its resource.
func (w *world) index(name string, from simulate.Source) int {
	for i, m := range w.spec.Metrics {
		if source(m) == from && (name == "" || name == metricName(i)) {
			return i
		}
	}
	panic("no metric " + name)
}

func (w *world) GetResourceMetric(_ context.Context, r corev1.ResourceName, _ string, _ labels.Selector, _ string) (metrics.PodMetricsInfo, time.Time, error) {
	if r == corev1.ResourceMemory {
		return w.ofPods(w.index("", simulate.Memory))
	}
	return w.ofPods(w.index("", simulate.Resource))
}

func (w *world) GetRawMetric(name, _ string, _, _ labels.Selector) (metrics.PodMetricsInfo, time.Time, error) {
	return w.ofPods(w.index(name, simulate.Pods))
}

func (w *world) GetObjectMetric(name, _ string, _ *autoscalingv2.CrossVersionObjectReference, _ labels.Selector) (int64, time.Time, error) {
	v := w.whole[w.index(name, simulate.Object)]
	if math.IsNaN(v) {
		return 0, time.Time{}, errDown
	}
	return int64(math.Round(v * 1000)), w.now, nil
}

// GetExternalMetric splits the value in two series, as an adapter may.
func (w *world) GetExternalMetric(name, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	v := w.whole[w.index(name, simulate.External)]
	if math.IsNaN(v) {
		return nil, time.Time{}, errDown
	}
	n := int64(math.Round(v * 1000))
	return []int64{n / 3, n - n/3}, w.now, nil
}
