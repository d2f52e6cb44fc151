package discovery

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

// startedAs is a pod that was scheduled and became Ready so long after it was
// created; a negative time is never.
func startedAs(name string, created time.Time, scheduled, ready time.Duration) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID(name), CreationTimestamp: metav1.Time{Time: created}, Labels: map[string]string{"app": "web"}}}
	p.Status.Phase = corev1.PodPending
	add := func(kind corev1.PodConditionType, after time.Duration) {
		if after >= 0 {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Time{Time: created.Add(after)}})
		}
	}
	add(corev1.PodScheduled, scheduled)
	add(corev1.PodReady, ready)
	return p
}

// ranFrom is a pod whose container began to run so long after the pod was created.
func ranFrom(p corev1.Pod, after time.Duration) corev1.Pod {
	p.Spec.Containers = []corev1.Container{{Name: "app"}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Time{Time: p.CreationTimestamp.Add(after)}}}}}
	return p
}

func probed(p corev1.Pod) corev1.Pod {
	p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{}
	return p
}

// Three of ten pods are not Ready for a moment, 25 minutes after they began. The first time Ready counts, also where it is
// not to be seen any more.
func TestPodsThatAreReadyAgainTeachNoLeadTime(t *testing.T) {
	e := &startEntry{}
	var pods []corev1.Pod
	for i := range 10 {
		took := 14*time.Second + time.Duration(i%3)*time.Second
		if i%3 == 1 {
			took = 25*time.Minute + 15*time.Second
		}
		pods = append(pods, probed(ranFrom(startedAs(fmt.Sprint(i), noon, time.Second, took), 5*time.Second)))
	}
	e.add(pods, noon.Add(time.Hour))
	if got := e.learn(); len(e.starts) != 7 || got.P95 > 20*time.Second {
		t.Errorf("%d starts, %+v", len(e.starts), got)
	}
	// One that was seen starting is believed, however long it took.
	slow := startedAs("slow", noon.Add(time.Hour), time.Second, -1)
	slow.Spec.Containers = []corev1.Container{{ReadinessProbe: &corev1.Probe{}}}
	e.add(append(pods, slow), noon.Add(time.Hour+10*time.Minute))
	slow = probed(ranFrom(startedAs("slow", noon.Add(time.Hour), time.Second, 12*time.Minute), 5*time.Second))
	if e.add(append(pods, slow), noon.Add(time.Hour+20*time.Minute)); len(e.starts) != 8 {
		t.Errorf("%d starts", len(e.starts))
	}
}

func TestStartOf(t *testing.T) {
	restarted := startedAs("p", noon, 0, 40*time.Second)
	restarted.Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: 1}}
	for _, tt := range []struct {
		name  string
		pod   corev1.Pod
		age   time.Duration
		known bool
		took  time.Duration
		node  bool
	}{
		{"usual", startedAs("p", noon, time.Second, 40*time.Second), time.Hour, true, 40 * time.Second, false},
		{"at once", startedAs("p", noon, 0, 0), time.Hour, true, 500 * time.Millisecond, false},
		{"on a new node", startedAs("p", noon, 90*time.Second, 2*time.Minute), time.Hour, true, 2 * time.Minute, true},
		{"still starting", startedAs("p", noon, time.Second, -1), time.Minute, false, 0, false},
		{"never Ready", startedAs("p", noon, time.Second, -1), time.Hour, true, 0, false},
		{"Ready again after a day", startedAs("p", noon, time.Second, 24*time.Hour), 48 * time.Hour, false, 0, false},
		{"Ready again, with nothing to wait for", ranFrom(startedAs("p", noon, time.Second, 25*time.Minute), 12*time.Second), time.Hour, true, 12 * time.Second, false},
		{"with a probe to wait for", probed(ranFrom(startedAs("p", noon, time.Second, 40*time.Second), 12*time.Second)), time.Hour, true, 40 * time.Second, false},
		{"restarted", restarted, time.Hour, false, 0, false},
	} {
		s, known := startOf(&tt.pod, noon.Add(tt.age))
		if known != tt.known || known && (time.Duration(s.took)*time.Millisecond != tt.took || s.newNode != tt.node) {
			t.Errorf("%s: %+v, %t", tt.name, s, known)
		}
	}
}

func TestStartsAreLookedAtWhenThereAreMorePods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks, pods atomic.Int64
		var fail atomic.Bool
		l := newStartLog(time.Now, func(context.Context, scaled) ([]corev1.Pod, error) {
			looks.Add(1)
			if fail.Load() {
				return nil, errors.New("forbidden")
			}
			var list []corev1.Pod
			for i := range pods.Load() {
				list = append(list, startedAs(fmt.Sprint(i), time.Now().Add(-10*time.Minute), 0, time.Duration(30+i%10)*time.Second))
			}
			return list, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go l.run(ctx)
		web := scaled{namespace: "shop", Ref: workload.Ref{Kind: "Deployment", Name: "web"}}
		minutes := func(n int) (lead *capacity.Lead) {
			for range n {
				lead = l.lead(web, int32(pods.Load()))
				time.Sleep(time.Minute)
				synctest.Wait()
			}
			return lead
		}
		pods.Store(4)
		if lead := minutes(10); looks.Load() != 1 || lead == nil || lead.Confidence != capacity.None || lead.N != 4 {
			t.Fatalf("%d looks, %+v", looks.Load(), lead)
		}
		pods.Store(60)
		if lead := minutes(10); looks.Load() != 2 || lead.Confidence != capacity.Good || lead.N != 60 || lead.Time != 39*time.Second+capacity.DefaultSync {
			t.Fatalf("%d looks, %+v", looks.Load(), lead)
		}
		pods.Store(20)
		minutes(10)
		pods.Store(30)
		if minutes(10); looks.Load() != 3 {
			t.Errorf("%d looks after a fall and a rise", looks.Load())
		}
		if minutes(60); looks.Load() != 4 {
			t.Errorf("%d looks after a quiet hour", looks.Load())
		}
		fail.Store(true)
		if lead := minutes(61); looks.Load() != 5 || lead.N != 60 {
			t.Errorf("%d looks where that is forbidden, %+v", looks.Load(), lead)
		}
		fail.Store(false)
		pods.Store(500)
		minutes(5)
		if n := len(l.entries[web].starts); n != startsKept {
			t.Errorf("%d starts are kept", n)
		}
		time.Sleep(podForget + time.Minute)
		if l.sweep(); len(l.entries) != 0 {
			t.Error("a target that nobody asks for is not forgotten")
		}
	})
}

func TestClusterLearnsLeadTimes(t *testing.T) {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	client := fake.NewClientset(hpaIn("shop", "web", averageOf("cpu", "1")), d)
	for i := range 9 {
		p := startedAs(fmt.Sprint("web-", i), time.Now().Add(-10*time.Minute).Truncate(time.Second), 0, time.Duration(40+i)*time.Second)
		if err := client.Tracker().Add(&p); err != nil {
			t.Fatal(err)
		}
	}
	other := startedAs("other", time.Now().Add(-10*time.Minute).Truncate(time.Second), 0, 20*time.Minute)
	other.Labels = nil
	if err := client.Tracker().Add(&other); err != nil {
		t.Fatal(err)
	}
	c := running(t, client, policies(t), Options{})
	for range 100 {
		if w := workloads(t, c)[0]; w.Lead != nil {
			if w.Lead.N != 9 || w.Lead.P95 != 48*time.Second || w.Lead.Confidence != capacity.Weak || !w.LeadAuto {
				t.Errorf("%+v", w.Lead)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("nothing was learned")
}
