package discovery

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	fakediscovery "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// hpaStatus is the status of an autoscaler whose target has so many replicas.
// Each condition is written "Type=Status Reason: message".
func hpaStatus(replicas, desired int32, conditions ...string) autoscalingv2.HorizontalPodAutoscalerStatus {
	s := autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: replicas, DesiredReplicas: desired}
	for _, c := range conditions {
		kind, rest, _ := strings.Cut(c, "=")
		status, rest, _ := strings.Cut(rest, " ")
		reason, message, _ := strings.Cut(rest, ": ")
		s.Conditions = append(s.Conditions, autoscalingv2.HorizontalPodAutoscalerCondition{
			Type: autoscalingv2.HorizontalPodAutoscalerConditionType(kind), Status: corev1.ConditionStatus(status), Reason: reason, Message: message})
	}
	return s
}

// What the controller of Kubernetes 1.36.3 writes.
const (
	able      = "AbleToScale=True SucceededGetScale: the HPA controller was able to get the target's current scale"
	rescaled  = "AbleToScale=True SucceededRescale: the HPA controller was able to update the target scale to 12"
	noTarget  = `AbleToScale=False FailedGetScale: the HPA controller was unable to get the target's current scale: deployments.apps "web" not found`
	refused   = "AbleToScale=False FailedUpdateScale: the HPA controller was unable to update the target scale: denied"
	active    = "ScalingActive=True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource"
	disabled  = "ScalingActive=False ScalingDisabled: scaling is disabled since the replica count of the target is zero"
	ambiguous = "ScalingActive=False AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [shop/web-queue shop/web]"
	invalid   = "ScalingActive=False InvalidSelector: the HPA target's scale is missing a selector"
	toZero    = "ScaledToZero=True ScaledToZero: the HPA controller scaled the workload to zero"
	notToZero = "ScaledToZero=False NotScaledToZero: the HPA controller did not scale the workload to zero"
)

func TestNoFloorForAnAutoscalerThatIsOff(t *testing.T) {
	const (
		byHand   = "scale Deployment web to 1 replica or more to turn it on"
		since136 = "the baseline is 0 and there are 0 replicas; a floor brings pods there only from Kubernetes 1.36 on, where the HPA controller scaled to zero itself, and "
		remedy   = "so none is set until the metrics bring pods: set minReplicas to 1, or use Kubernetes 1.36 or later with the feature gate HPAScaleToZero"
	)
	offByHand := []workload.Problem{notice(ScalingDisabled, "status.conditions[ScalingActive]",
		"it is False (ScalingDisabled: scaling is disabled since the replica count of the target is zero), so the autoscaler is off and no floor is set: "+byHand)}
	noZero := func(why string) []workload.Problem {
		return []workload.Problem{notice(NoScaleFromZero, "spec.minReplicas", "%s", since136+why)}
	}
	v135, v136 := ServerVersion{Major: 1, Minor: 35}, ServerVersion{Major: 1, Minor: 36}
	for _, tt := range []struct {
		name     string
		baseline int32
		status   autoscalingv2.HorizontalPodAutoscalerStatus
		server   ServerVersion
		off      bool
		want     []workload.Problem
	}{
		{"it works", 2, hpaStatus(5, 6, able, active), v136, false, nil},
		{"it is new, and the controller has not looked at it", 2, hpaStatus(0, 0), v136, false, nil},
		{"it is new, and its target is missing", 2, hpaStatus(0, 0, noTarget), v136, false, []workload.Problem{notice(TargetMissing, "spec.scaleTargetRef",
			`Deployment web cannot be scaled: the HPA controller was unable to get the target's current scale: deployments.apps "web" not found; name one that exists`)}},

		{"scaled to zero by hand", 2, hpaStatus(0, 0, able, disabled), v136, true, offByHand},
		{"scaled to zero by hand, minReplicas 0", 0, hpaStatus(0, 0, able, disabled, notToZero), v136, true, offByHand},
		{"scaled to zero by hand, which is not told yet", 2, hpaStatus(0, 0, able, active), v136, true,
			[]workload.Problem{notice(ScalingDisabled, "status.currentReplicas", "it is 0 and minReplicas is 2, so the autoscaler is off and no floor is set: "+byHand)}},
		{"two autoscalers", 2, hpaStatus(2, 2, able, ambiguous), v136, true, []workload.Problem{problem(AmbiguousSelector, "status.conditions[ScalingActive]",
			"it is False (AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [shop/web shop/web-queue]), so the autoscaler would never remove the pods of a floor and none is set: "+
				"delete all of these autoscalers but one, or give their targets selectors of their own")}},
		{"no selector", 2, hpaStatus(2, 2, able, invalid), v136, true, []workload.Problem{problem(InvalidSelector, "status.conditions[ScalingActive]",
			"it is False (InvalidSelector: the HPA target's scale is missing a selector), so the autoscaler would never remove the pods of a floor and none is set: "+
				"see to it that the scale subresource of Deployment web has a selector that can be read")}},
		{"it may not scale", 2, hpaStatus(2, 2, refused, active), v136, false, []workload.Problem{notice(FailedUpdateScale, "status.conditions[AbleToScale]",
			"it is False (FailedUpdateScale: the HPA controller was unable to update the target scale: denied), so neither the autoscaler nor a floor has an effect: let the HPA controller scale Deployment web")}},

		{"no metrics of the resource", 2, hpaStatus(2, 2, able, "ScalingActive=False FailedGetResourceMetric: no metrics returned"), v136, false, nil},
		{"no metrics of a container", 2, hpaStatus(2, 2, able, "ScalingActive=False FailedGetContainerResourceMetric: x"), v136, false, nil},
		{"no metrics of the pods", 2, hpaStatus(2, 2, able, "ScalingActive=False FailedGetPodsMetric: x"), v136, false, nil},
		{"no metrics of an object", 2, hpaStatus(2, 2, able, "ScalingActive=False FailedGetObjectMetric: x"), v136, false, nil},
		{"no external metrics", 2, hpaStatus(2, 2, able, "ScalingActive=False FailedGetExternalMetric: x"), v136, false, nil},
		{"a metric that is none", 2, hpaStatus(2, 2, able, "ScalingActive=False InvalidMetricSourceType: x"), v136, false, nil},
		{"at its limit", 2, hpaStatus(40, 40, able, active, "ScalingLimited=True TooManyReplicas: x"), v136, false, nil},

		{"at rest, 1.36", 0, hpaStatus(0, 0, able, active, toZero), v136, false, nil},
		{"at rest, 2.0", 0, hpaStatus(0, 0, able, active, toZero), ServerVersion{Major: 2}, false, nil},
		{"on its way from rest, 1.36", 0, hpaStatus(0, 12, rescaled, active, notToZero), v136, false, nil},
		{"from rest to a baseline above it, 1.36", 2, hpaStatus(0, 0, able, active, toZero), v136, false, nil},
		{"at rest, 1.36 without the gate", 0, hpaStatus(0, 0, able, active), v136, true,
			noZero("this one does not say that it did (condition ScaledToZero), " + remedy)},
		{"at rest, 1.35", 0, hpaStatus(0, 0, able, active), v135, true, noZero("this one is 1.35, " + remedy)},
		{"at rest, back from 1.36", 0, hpaStatus(0, 0, able, active, toZero), v135, true, noZero("this one is 1.35, " + remedy)},
		{"at rest, the version is not read yet", 0, hpaStatus(0, 0, able, active, toZero), ServerVersion{}, true,
			noZero("the version of this one is not known (it is being read), so none is set until the metrics bring pods: it is tried again")},
		{"at rest, the version cannot be read", 0, hpaStatus(0, 0, able, active, toZero), ServerVersion{Err: "forbidden"}, true,
			noZero("the version of this one is not known (forbidden), so none is set until the metrics bring pods: it is tried again")},
		{"minReplicas 0 and pods, 1.35", 0, hpaStatus(1, 1, able, active), v135, false, nil},
		{"minReplicas 0, new, 1.35", 0, hpaStatus(0, 0), v135, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hpa := web(averageOf("cpu", "1"))
			hpa.Spec.MinReplicas, hpa.Status = &tt.baseline, tt.status
			in := Input{HPA: hpa, Policies: []*v1alpha1.FloorPolicy{named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce})}, Server: tt.server}
			in.HPA.Status.Conditions = trimConditions(in.HPA.Status.Conditions)
			w := Describe(in, DescribeOptions{})
			if diff := cmp.Diff(tt.want, w.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			mode := recommender.Enforce
			if tt.off {
				mode = recommender.Observe
			}
			if w.Policy.Mode != mode || w.Policy.Suspend {
				t.Errorf("mode %s, suspend %t; want %s", w.Policy.Mode, w.Policy.Suspend, mode)
			}
			s := statusOf(v1alpha1.FloorPolicyStatus{}, 1, PolicyStatus{Workload: w}, noon)
			enforcing := s.Conditions[3]
			switch {
			case !tt.off && (enforcing.Status != "True" || enforcing.Reason != reasonEnforcing):
				t.Errorf("%+v", enforcing)
			case tt.off && (enforcing.Status != "False" || enforcing.Reason != tt.want[0].Code || enforcing.Message != tt.want[0].Field+": "+tt.want[0].Message):
				t.Errorf("%+v", enforcing)
			}

			// What was raised before is given back, and only that.
			in.HPA.Spec.MinReplicas = new(int32(12))
			in.HPA.Annotations[ownership.LeaseAnnotation] = ownership.FormatLease(workload.Lease{Baseline: tt.baseline, Floor: 12, Renewed: noon, Expires: noon.Add(time.Hour)})
			if w := Describe(in, DescribeOptions{}); w.Policy.Mode != mode || w.Policy.Suspend != tt.off || w.Baseline != tt.baseline {
				t.Errorf("raised: mode %s, suspend %t, baseline %d", w.Policy.Mode, w.Policy.Suspend, w.Baseline)
			}
		})
	}
}

func TestEnforcingNamesWhatHoldsItBack(t *testing.T) {
	owned := notice(OwnedByKEDA, "metadata.ownerReferences", "ScaledObject so owns it")
	changed := notice(BaselineChanged, "spec.minReplicas", "it is 4")
	enforce, observe := recommender.Policy{Mode: recommender.Enforce}, recommender.Policy{Mode: recommender.Observe}
	giving := recommender.Policy{Mode: recommender.Observe, Suspend: true}
	for _, tt := range []struct {
		name     string
		policy   recommender.Policy
		problems []workload.Problem
		want     string
	}{
		{"nothing", enforce, []workload.Problem{changed}, "True Enforcing "},
		{"the mode", observe, []workload.Problem{changed}, "False Observing minReplicas stays 2"},
		{"KEDA", observe, []workload.Problem{changed, owned}, "False OwnedByKEDA metadata.ownerReferences: ScaledObject so owns it"},
		{"KEDA, while a floor is given back", giving, []workload.Problem{owned}, "False OwnedByKEDA metadata.ownerReferences: ScaledObject so owns it"},
		{"KEDA, and what else is fatal", observe, []workload.Problem{owned, problem(UnusableMetric, "spec.metrics[0]", "no")},
			"False UnusableMetric metadata.ownerReferences: ScaledObject so owns it\nspec.metrics[0]: no"},
		{"suspended by its policy", giving, nil, "False Suspended minReplicas stays 2"},
	} {
		in := PolicyStatus{Workload: workload.Workload{Policy: tt.policy, Problems: tt.problems}}
		if tt.policy.Mode != recommender.Enforce {
			in.Applied.Message = "minReplicas stays 2"
		}
		c := statusOf(v1alpha1.FloorPolicyStatus{}, 1, in, noon).Conditions[3]
		if got := string(c.Status) + " " + c.Reason + " " + c.Message; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What a fleet's autoscalers say of being well would fill the memory.
func TestConditionsAreKeptWithoutWhatNobodyReads(t *testing.T) {
	got := trimConditions(hpaStatus(0, 0, able, ambiguous, "ScalingLimited=True TooFewReplicas: x", toZero).Conditions)
	want := hpaStatus(0, 0, "AbleToScale=True SucceededGetScale", ambiguous, "ScaledToZero=True ScaledToZero").Conditions
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestServerVersions(t *testing.T) {
	for _, tt := range []struct {
		major, minor string
		want         ServerVersion
		fromZero     bool
		err          string
	}{
		{"1", "36", ServerVersion{Major: 1, Minor: 36}, true, ""},
		{"1", "36+", ServerVersion{Major: 1, Minor: 36}, true, ""},
		{"1", "35", ServerVersion{Major: 1, Minor: 35}, false, ""},
		{"1", "9+", ServerVersion{Major: 1, Minor: 9}, false, ""},
		{"2", "0", ServerVersion{Major: 2}, true, ""},
		{"", "", ServerVersion{}, false, `major "" and minor "" are no version`},
		{"1", "x", ServerVersion{}, false, `major "1" and minor "x" are no version`},
		{"0", "36", ServerVersion{}, false, `major "0" and minor "36" are no version`},
		{"1", "-1", ServerVersion{}, false, `major "1" and minor "-1" are no version`},
	} {
		got, err := versionOf(&version.Info{Major: tt.major, Minor: tt.minor})
		if got != tt.want || got.scalesFromZero() != tt.fromZero || (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
			t.Errorf("%s.%s: %+v, %v", tt.major, tt.minor, got, err)
		}
	}
}

// resting is an autoscaler from 0 pods that the controller scaled to zero.
func resting() *autoscalingv2.HorizontalPodAutoscaler {
	hpa := web(averageOf("cpu", "1"))
	hpa.Spec.MinReplicas, hpa.Status = new(int32(0)), hpaStatus(0, 0, able, active, toZero)
	return hpa
}

func TestTheVersionOfTheServerIsReadWhereItMatters(t *testing.T) {
	enforce := func() *v1alpha1.FloorPolicy { return named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce}) }
	asked := func(client *fake.Clientset) (n int) {
		for _, a := range client.Actions() {
			if a.Matches("get", "version") {
				n++
			}
		}
		return n
	}
	eventually := func(t *testing.T, c *Cluster, mode recommender.Mode, code, says string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			w := workloads(t, c)[0]
			got := ""
			for _, p := range w.Problems {
				got += p.Code + " " + p.Message
			}
			if w.Policy.Mode == mode && strings.HasPrefix(got, code) && strings.Contains(got, says) && (code != "" || got == "") {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("mode %s, %q; want %s, %s: … %s", w.Policy.Mode, got, mode, code, says)
			}
		}
	}
	f := func(name, minor string, hpa *autoscalingv2.HorizontalPodAutoscaler, mode recommender.Mode, code, says string, reads int) {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset(hpa)
			client.Discovery().(*fakediscovery.FakeDiscovery).FakedServerVersion = &version.Info{Major: "1", Minor: minor}
			c := running(t, client, policies(t, enforce()), Options{})
			eventually(t, c, mode, code, says)
			if n := asked(client); n != reads {
				t.Errorf("the version was read %d times, want %d", n, reads)
			}
		})
	}
	f("new", "36", resting(), recommender.Enforce, "", "", 1)
	f("old", "35+", resting(), recommender.Observe, NoScaleFromZero, "this one is 1.35,", 1)
	f("nothing rests", "36", web(averageOf("cpu", "1")), recommender.Enforce, "", "", 0)

	t.Run("it cannot be read at first", func(t *testing.T) {
		client := fake.NewClientset(resting())
		client.Discovery().(*fakediscovery.FakeDiscovery).FakedServerVersion = &version.Info{Major: "1", Minor: "36"}
		var open atomic.Bool
		client.PrependReactor("get", "version", func(clienttesting.Action) (bool, runtime.Object, error) {
			if open.Load() {
				return false, nil, nil
			}
			return true, nil, errors.New("no route")
		})
		c := running(t, client, policies(t, enforce()), Options{})
		eventually(t, c, recommender.Observe, NoScaleFromZero, "is not known (no route)")
		open.Store(true)
		eventually(t, c, recommender.Enforce, "", "")
		open.Store(false)
		if c.server.look(t.Context()) || c.server.version() != (ServerVersion{Major: 1, Minor: 36}) {
			t.Errorf("what was known is not known any more: %+v", c.server.version())
		}
	})
}
