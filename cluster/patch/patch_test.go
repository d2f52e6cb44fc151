package patch

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4" // as the API server uses it
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/recommender/advice"
)

// hpa is as an API server gives it: without behavior, unless one is set.
const hpa = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 4
  maxReplicas: 40
  metrics:
  - type: Resource
    resource: {name: memory, target: {type: Utilization, averageUtilization: 80}}
  - type: ContainerResource
    containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 60}}
  - type: Pods
    pods: {metric: {name: http_requests}, target: {type: AverageValue, averageValue: 62345m}}
  - type: External
    external: {metric: {name: queue}, target: {type: Value, value: "30"}}
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}
`

const scaledObject = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: jobs, namespace: shop}
spec:
  scaleTargetRef: {name: jobs}
  idleReplicaCount: 1
  maxReplicaCount: 20
  triggers:
  - type: cron
    metadata: {timezone: UTC, start: 0 8 * * *, end: 0 9 * * *, desiredReplicas: "5"}
  - type: prometheus
    name: rate
    metadata: {serverAddress: http://prometheus, query: "sum(rate(x[2m]))", threshold: "0.5"}
  - type: cpu
    metricType: Utilization
    metadata: {value: "60"}
  - type: memory
    metricType: Utilization
    metadata: {value: "80"}
`

const lone = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: jobs, namespace: shop}
spec:
  scaleTargetRef: {name: jobs}
  triggers:
  - type: prometheus
    metadata: {serverAddress: http://prometheus, query: up, threshold: "100"}
`

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(raw); err != nil { // numbers as a client has them
		t.Fatal(err)
	}
	return u
}

func advised(kind advice.Kind, field, now, better string) advice.Advice {
	return advice.Advice{Kind: kind, Field: field, Now: now, Better: better, PodHours: -30, ShortMinutes: 2, Confidence: advice.High}
}

func report(list ...advice.Advice) *advice.Report {
	from := time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC)
	return &advice.Report{From: from, To: from.AddDate(0, 0, 14), Now: advice.Week{PodHours: 100, ShortMinutes: 3}, Advice: list}
}

func written(t *testing.T, format string, a Autoscaler, r *advice.Report) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, format, a, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bare is what is written without comments.
func bare(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// command takes a kubectl command apart.
func command(t *testing.T, text string) (head, kind string, body []byte) {
	t.Helper()
	head, rest, ok := strings.Cut(bare(text), " --type ")
	kind, quoted, ok2 := strings.Cut(rest, " --patch ")
	quoted = strings.TrimSpace(quoted)
	if !ok || !ok2 || !strings.HasPrefix(quoted, "'") || !strings.HasSuffix(quoted, "'") {
		t.Fatalf("no command:\n%s", text)
	}
	return head, kind, []byte(strings.ReplaceAll(quoted[1:len(quoted)-1], `'\''`, "'"))
}

// applied is what a command makes of an object.
func applied(t *testing.T, u *unstructured.Unstructured, kind string, body []byte) (*unstructured.Unstructured, error) {
	t.Helper()
	raw, err := u.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var then []byte
	if kind == "merge" {
		then, err = jsonpatch.MergePatch(raw, body)
	} else {
		var p jsonpatch.Patch
		if p, err = jsonpatch.DecodePatch(body); err != nil {
			t.Fatalf("%v:\n%s", err, body)
		}
		then, err = p.Apply(raw)
	}
	if err != nil {
		return nil, err
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(then); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

// patched are advices with the field of the object that they change.
var patched = []struct {
	name, object       string
	field, now, better string
	at                 string // in the object
	want               any
	kind               string
}{
	{"utilization", hpa, "spec.metrics[4].resource.target.averageUtilization", "60", "70", "spec.metrics[4].resource.target.averageUtilization", int64(70), "json"},
	{"container", hpa, "spec.metrics[1].containerResource.target.averageUtilization", "60", "75", "spec.metrics[1].containerResource.target.averageUtilization", int64(75), "json"},
	{"more digits than are told", hpa, "spec.metrics[2].pods.target.averageValue", "62.3", "75", "spec.metrics[2].pods.target.averageValue", "75", "json"},
	{"value", hpa, "spec.metrics[3].external.target.value", "30", "27.5", "spec.metrics[3].external.target.value", "27.5", "json"},
	{"minimum", hpa, "spec.minReplicas", "4", "2", "spec.minReplicas", int64(2), "json"},
	{"maximum", hpa, "spec.maxReplicas", "40", "55", "spec.maxReplicas", int64(55), "json"},
	{"no behavior yet", hpa, "spec.behavior.scaleDown.stabilizationWindowSeconds", "300", "600", "spec.behavior.scaleDown.stabilizationWindowSeconds", int64(600), "merge"},
	{"policies", hpa + "  behavior: {scaleDown: {policies: [{type: Percent, value: 100, periodSeconds: 15}]}}\n", "spec.behavior.scaleDown.policies",
		"[{type: Percent, value: 100, periodSeconds: 15}]", "[{type: Pods, value: 1, periodSeconds: 60}]", "spec.behavior.scaleDown.policies[0].value", int64(1), "json"},
	{"KEDA's minimum, from zero", scaledObject, "spec.minReplicas", "1", "3", "spec.minReplicaCount", int64(3), "merge"},
	{"KEDA's maximum", scaledObject, "spec.maxReplicas", "20", "30", "spec.maxReplicaCount", int64(30), "json"},
	{"KEDA's window", scaledObject, "spec.behavior.scaleDown.stabilizationWindowSeconds", "300", "600",
		"spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds", int64(600), "merge"},
	{"a threshold is no quantity", scaledObject, "spec.triggers[1].metadata.threshold", "500m", "450m", "spec.triggers[1].metadata.threshold", "0.45", "json"},
	{"KEDA's only metric", lone, "spec.metrics[0].external.target.averageValue", "100", "90", "spec.triggers[0].metadata.threshold", "90", "json"},
	{"KEDA's metric of a resource", scaledObject, "spec.metrics[1].resource.target.averageUtilization", "80", "70", "spec.triggers[3].metadata.value", "70", "json"},
}

func TestACommandChangesTheFieldAndNothingElse(t *testing.T) {
	for _, tt := range patched {
		t.Run(tt.name, func(t *testing.T) {
			before := object(t, tt.object)
			text := written(t, Kubectl, Autoscaler{Object: before}, report(advised(advice.TargetTooLow, tt.field, tt.now, tt.better)))
			head, kind, body := command(t, text)
			resource := "horizontalpodautoscalers.v2.autoscaling web"
			if before.GetKind() == "ScaledObject" {
				resource = "scaledobjects.v1alpha1.keda.sh jobs"
			}
			if head != "kubectl patch "+resource+" --namespace shop" || kind != tt.kind {
				t.Errorf("%s --type %s", head, kind)
			}
			after, err := applied(t, before, kind, body)
			if err != nil {
				t.Fatalf("%v:\n%s", err, body)
			}
			if got, _ := lookup(after.Object, segments(tt.at)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s is %#v, want %#v", tt.at, got, tt.want)
			}
			if before.GetKind() == "HorizontalPodAutoscaler" {
				strict(t, after)
			}
			old, was := lookup(before.Object, segments(tt.at))
			if !was {
				return // what is above it is new, too
			}
			if back := with(t, after, segments(tt.at), old); tt.name != "policies" && !reflect.DeepEqual(before.Object, back.Object) {
				t.Errorf("more was changed: %v", after.Object)
			}
			if kind != "json" {
				return
			}
			changed, _ := applied(t, before, kind, body)
			if _, err := applied(t, changed, kind, body); err == nil {
				t.Error("it applies where the old value is gone")
			}
		})
	}
}

// strict holds that the API has every field, of its type.
func strict(t *testing.T, u *unstructured.Unstructured) {
	t.Helper()
	raw, err := u.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&autoscalingv2.HorizontalPodAutoscaler{}); err != nil {
		t.Error(err)
	}
}

// with is an object with another value of a field that it has.
func with(t *testing.T, u *unstructured.Unstructured, path []string, v any) *unstructured.Unstructured {
	t.Helper()
	body, err := json.Marshal([]operation{{"replace", "/" + strings.Join(path, "/"), v}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := applied(t, u, "json", body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestACommandIsRefusedByAnotherObject(t *testing.T) {
	u := object(t, hpa)
	_, kind, body := command(t, written(t, Kubectl, Autoscaler{Object: u},
		report(advised(advice.TargetTooLow, "spec.metrics[1].containerResource.target.averageUtilization", "60", "70"))))
	for _, edit := range []struct{ from, to string }{
		{"averageUtilization: 60}}\n  - type: Pods", "averageUtilization: 61}}\n  - type: Pods"},
		{"container: app", "container: proxy"},
		{"containerResource: {name: cpu", "containerResource: {name: memory"},
		{"  - type: Resource\n    resource: {name: memory, target: {type: Utilization, averageUtilization: 80}}\n", ""},
	} {
		other := strings.Replace(hpa, edit.from, edit.to, 1)
		if other == hpa {
			t.Fatalf("%q is not in the object", edit.from)
		}
		if _, err := applied(t, object(t, other), kind, body); err == nil {
			t.Errorf("it applies with %q", edit.to)
		}
	}
}

func TestKustomizePatchesApply(t *testing.T) {
	for _, tt := range patched {
		t.Run(tt.name, func(t *testing.T) {
			before := object(t, tt.object)
			var k struct {
				Patches []struct {
					Target map[string]string
					Patch  string
				}
			}
			text := written(t, Kustomize, Autoscaler{Object: before}, report(advised(advice.TargetTooLow, tt.field, tt.now, tt.better)))
			if err := yaml.UnmarshalStrict([]byte(text), &k); err != nil || len(k.Patches) != 1 {
				t.Fatalf("%v:\n%s", err, text)
			}
			p := k.Patches[0]
			if p.Target["kind"] != before.GetKind() || p.Target["name"] != before.GetName() || p.Target["version"] == "" {
				t.Errorf("%v", p.Target)
			}
			body, err := yaml.YAMLToJSON([]byte(p.Patch))
			if err != nil {
				t.Fatal(err)
			}
			kind := "json"
			if !strings.HasPrefix(string(body), "[") {
				kind = "merge"
			}
			if want := map[bool]string{true: "json", false: "merge"}[strings.Contains(strings.Split(tt.at, ".policies")[0], "[")]; kind != want {
				t.Errorf("%s, want %s", kind, want)
			}
			after, err := applied(t, before, kind, body)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := lookup(after.Object, segments(tt.at)); !reflect.DeepEqual(got, tt.want) || after.GetName() != before.GetName() {
				t.Errorf("%s is %#v, want %#v", tt.at, got, tt.want)
			}
		})
	}
}

func TestWhatCannotBePatchedIsSaid(t *testing.T) {
	start := advised(advice.StartTooSlow, "spec.template", "2m", "30s")
	target := advised(advice.TargetTooLow, "spec.metrics[4].resource.target.averageUtilization", "60", "70")
	stale := advised(advice.CeilingHit, "spec.maxReplicas", "30", "50")
	requests := advised(advice.RequestsMeaningless, "spec.template.spec.containers[*].resources.requests", "1", "250m")
	so := object(t, scaledObject)
	twins := object(t, strings.ReplaceAll(scaledObject, `value: "80"`, `value: "60"`))
	f := func(u *unstructured.Unstructured, want string, list ...advice.Advice) {
		t.Helper()
		for _, format := range Formats {
			text := written(t, format, Autoscaler{Object: u}, report(list...))
			if one := strings.Join(strings.Fields(strings.ReplaceAll(text, "\n#", "")), " "); !strings.Contains(one, want) || bare(text) != "" {
				t.Errorf("%s: not %q:\n%s", format, want, text)
			}
		}
	}
	f(object(t, hpa), "No patch: nothing to advise")
	f(object(t, hpa), "StartTooSlow, spec.template: 2m → 30s (−30 pod-hours and +2 short minutes a week): not here, since it is set where the pods are defined", start)
	f(object(t, hpa), "No patch: what pods request comes first", requests, target)
	f(object(t, hpa), "spec.maxReplicas of HorizontalPodAutoscaler web is 40, and the past was replayed with 30", stale)
	f(object(t, hpa), "HorizontalPodAutoscaler web has no spec.metrics[7].pods.target.averageValue",
		advised(advice.TargetTooHigh, "spec.metrics[7].pods.target.averageValue", "5", "4"))
	f(object(t, hpa), "spec.maxReplicas takes a whole number, and 4k5 is none", advised(advice.CeilingHit, "spec.maxReplicas", "40", "4k5"))
	f(so, "KEDA refuses a minReplicaCount that is not above idleReplicaCount, which is 1", advised(advice.BaselineNeverNeeded, "spec.minReplicas", "3", "1"))
	f(so, "0 triggers of the ScaledObject are of this kind and aim at 500m", advised(advice.TargetTooHigh, "spec.metrics[0].external.target.averageValue", "500m", "450m"))
	f(object(t, lone), "0 triggers of the ScaledObject are of this kind and aim at 7", advised(advice.TargetTooHigh, "spec.metrics[0].external.target.averageValue", "7", "6"))
	f(so, "which metadata of this trigger is its target depends on its type", advised(advice.TargetTooHigh, "spec.triggers[0]", "5", "4"))
	f(object(t, scaledObject+"  advanced: {scalingModifiers: {formula: rate * 2, target: \"3\"}}\n"), "KEDA scales by spec.advanced.scalingModifiers",
		advised(advice.TargetTooHigh, "spec.triggers[1].metadata.threshold", "500m", "450m"))
	f(twins, "2 triggers of the ScaledObject are of this kind and aim at 60", advised(advice.TargetTooHigh, "spec.metrics[0].resource.target.averageUtilization", "60", "50"))

	text := written(t, Kubectl, Autoscaler{Object: object(t, hpa)}, report(start, target, stale))
	if !strings.Contains(bare(text), `"value":70`) || strings.Count(bare(text), "replace") != 1 || !strings.Contains(text, "# - StartTooSlow") || !strings.Contains(text, "# - CeilingHit") {
		t.Error(text)
	}
	if err := Write(&strings.Builder{}, "xml", Autoscaler{Object: so}, report()); err == nil {
		t.Error("xml is a format")
	}
}

func TestTheProofStandsAboveThePatch(t *testing.T) {
	x := advised(advice.TargetTooLow, "spec.metrics[4].resource.target.averageUtilization", "60", "70")
	x.WithFloors = true
	r := report(x)
	r.Floors = &advice.Week{PodHours: 108, ShortMinutes: 0.5}
	f := func(a Autoscaler, r *advice.Report, want ...string) {
		t.Helper()
		a.Object = object(t, hpa)
		for _, format := range Formats {
			text := written(t, format, a, r)
			one := strings.Join(strings.Fields(strings.ReplaceAll(text, "\n#", "")), " ")
			for _, w := range want {
				if !strings.Contains(one, w) {
					t.Errorf("%s: not %q:\n%s", format, w, text)
				}
			}
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "#") && len([]rune(line)) > width+1 {
					t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
				}
			}
		}
	}
	f(Autoscaler{}, r,
		"TargetTooLow: spec.metrics[4].resource.target.averageUtilization of HorizontalPodAutoscaler web, 60 → 70",
		"Proof, high confidence, replayed from 2026-03-07 00:00 to 2026-03-21 00:00 UTC:",
		"as it is: 100 pod-hours a week, short for 3 minutes a week",
		"with floors: 108 pod-hours a week, short for 0.5 minutes a week",
		"with this and floors: 78 pod-hours a week, short for 2.5 minutes a week",
		"Set floors first:", "a FloorPolicy with targetRef {kind: HorizontalPodAutoscaler, name: web} and mode: Enforce")
	f(Autoscaler{Policy: "all"}, r, "Set floors first:", "mode: Enforce in FloorPolicy all.")
	f(Autoscaler{FromFile: true}, r, "Set floors first:", "A file does not say which autoscaler it is of")
	enforced := report(x)
	enforced.Floors = &enforced.Now
	f(Autoscaler{Enforced: true}, enforced, "It holds while Highwater's floors are set", "with this and floors: 70 pod-hours a week, short for 5 minutes a week")
	x.WithFloors = false
	f(Autoscaler{}, report(x), "with this: 70 pod-hours a week, short for 5 minutes a week")
}

func TestARaisedMinimumIsNotTested(t *testing.T) {
	u := object(t, strings.Replace(hpa, "minReplicas: 4", "minReplicas: 17", 1))
	r := report(advised(advice.BaselineNeverNeeded, "spec.minReplicas", "4", "2"))
	text := written(t, Kubectl, Autoscaler{Object: u, Raised: true}, r)
	if !strings.Contains(text, "4 → 2") || !strings.Contains(text, "spec.minReplicas is 17 now, a floor of Highwater's") {
		t.Error(text)
	}
	_, kind, body := command(t, text)
	moved := object(t, strings.Replace(hpa, "minReplicas: 4", "minReplicas: 18", 1)) // the floor, a minute later
	after, err := applied(t, moved, kind, body)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := lookup(after.Object, segments("spec.minReplicas")); n != int64(2) {
		t.Errorf("minReplicas is %v", n)
	}
	if text := written(t, Kubectl, Autoscaler{Object: u}, r); bare(text) != "" {
		t.Errorf("a minimum that is nobody's floor was changed meanwhile, and yet: %s", text)
	}
}

func TestHelmValuesAreThoseOfUsualCharts(t *testing.T) {
	f := func(text, field, now, better, want string) {
		t.Helper()
		if got := bare(written(t, Helm, Autoscaler{Object: object(t, text)}, report(advised(advice.TargetTooLow, field, now, better)))); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	f(hpa, "spec.metrics[4].resource.target.averageUtilization", "60", "70", "autoscaling:\n  targetCPUUtilizationPercentage: 70\n")
	f(hpa, "spec.metrics[0].resource.target.averageUtilization", "80", "85", "autoscaling:\n  targetMemoryUtilizationPercentage: 85\n")
	f(hpa, "spec.minReplicas", "4", "2", "autoscaling:\n  minReplicas: 2\n")
	f(hpa, "spec.maxReplicas", "40", "60", "autoscaling:\n  maxReplicas: 60\n")
	f(hpa, "spec.metrics[1].containerResource.target.averageUtilization", "60", "70", "")
	f(hpa, "spec.behavior.scaleDown.stabilizationWindowSeconds", "300", "600", "")
	f(scaledObject, "spec.maxReplicas", "20", "30", "")

	ofHelm := object(t, hpa)
	ofHelm.SetLabels(map[string]string{"app.kubernetes.io/managed-by": "Helm"})
	ofHelm.SetAnnotations(map[string]string{"meta.helm.sh/release-name": "front"})
	r := report(advised(advice.CeilingHit, "spec.maxReplicas", "40", "60"))
	for format, want := range map[string]string{Kubectl: "Helm release front made it: its next upgrade may set this back", Helm: "is of Helm release front"} {
		if text := written(t, format, Autoscaler{Object: ofHelm}, r); !strings.Contains(text, want) {
			t.Errorf("not %q:\n%s", want, text)
		}
	}
	if text := written(t, Helm, Autoscaler{Object: object(t, hpa)}, r); !strings.Contains(text, "Nothing on HorizontalPodAutoscaler web says that Helm made it") {
		t.Error(text)
	}
}

// A file names its loads as it likes; what is written has to be a script all the same.
func TestANameIsOneWordOfAShell(t *testing.T) {
	u := object(t, hpa)
	u.SetName("a'b; $(rm)\nrm")
	text := written(t, Kubectl, Autoscaler{Object: u, FromFile: true}, report(advised(advice.CeilingHit, "spec.maxReplicas", "40", "60")))
	if want := `kubectl patch horizontalpodautoscalers.v2.autoscaling 'a'\''b; $(rm)` + "\nrm' "; !strings.HasPrefix(bare(text), want) {
		t.Errorf("%s\ndoes not begin with\n%s", bare(text), want)
	}
}
