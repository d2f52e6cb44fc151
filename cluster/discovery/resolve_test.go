package discovery

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

func TestResolvePolicy(t *testing.T) {
	got, problems := ResolvePolicy("web", &v1alpha1.FloorPolicySpec{
		Mode:     v1alpha1.Enforce,
		Quantile: "99.5%",
		LeadTime: "1m30s",
		Hold:     "10m",
		Quiet:    "1h",
		Proof:    v1alpha1.ProofSkip,
		Limits:   v1alpha1.Limits{Min: new(int32(3)), Max: new(int32(40)), Headroom: "20%", StepUp: "150%", MaxStepUp: new(int32(20)), StepDown: "100%", StepEvery: "30s"},
		Suspend:  true,
	}, recommender.DefaultPolicy())
	want := recommender.DefaultPolicy()
	want.Mode, want.Suspend, want.Quantile = recommender.Enforce, true, 0.995
	want.Risk, want.Quiet, want.MaxStepUp = recommender.Risk{}, time.Hour, 20
	want.LeadTime, want.Hold = 90*time.Second, 10*time.Minute
	want.Min, want.Max, want.Headroom, want.StepUp, want.StepDown, want.StepEvery = 3, 40, 0.2, 1.5, 1, 30*time.Second
	if diff := cmp.Diff(want, got); diff != "" || len(problems) != 0 {
		t.Errorf("%v (-want +got):\n%s", problems, diff)
	}
	for _, s := range []v1alpha1.FloorPolicySpec{{}, {LeadTime: v1alpha1.Auto, Mode: v1alpha1.Observe}} {
		if got, problems := ResolvePolicy("web", &s, recommender.DefaultPolicy()); got != recommender.DefaultPolicy() || problems != nil {
			t.Errorf("%+v: %+v, %v", s, got, problems)
		}
	}
}

func TestResolvePolicyJoinsAllProblems(t *testing.T) {
	got, problems := ResolvePolicy("web", &v1alpha1.FloorPolicySpec{
		TargetRef: v1alpha1.TargetRef{Kind: "Deployment", APIVersion: "apps/v1"},
		Mode:      "enforce",
		Quantile:  "100%",
		LeadTime:  "soon",
		Hold:      "-1s",
		Quiet:     "25h",
		Proof:     "Maybe",
		Limits:    v1alpha1.Limits{Min: new(int32(0)), Max: new(int32(-4)), MaxStepUp: new(int32(0)), Headroom: "2", StepUp: "0%", StepDown: "101%", StepEvery: "1ms"},
	}, recommender.DefaultPolicy())
	want := []workload.Problem{
		{Field: "spec.targetRef.kind", Message: `"Deployment" has no floor: it must be HorizontalPodAutoscaler or ScaledObject`},
		{Field: "spec.targetRef.apiVersion", Message: `"apps/v1" is not a version of autoscaling: leave it out, or write autoscaling/v2`},
		{Field: "spec.mode", Message: `"enforce" is not a mode: it must be Observe or Enforce`},
		{Field: "spec.quantile", Message: "100% is out of range: it must be at least 50% and below 100%"},
		{Field: "spec.proof", Message: `"Maybe" is not known: it must be Required or Skip`},
		{Field: "spec.leadTime", Message: `"soon" is not a duration: write it as 90s, 5m or 1h30m`},
		{Field: "spec.hold", Message: "-1s is out of range: it must be at least 0s and at most 24h"},
		{Field: "spec.quiet", Message: "25h is out of range: it must be at least 0s and at most 24h"},
		{Field: "spec.limits.min", Message: "0 is not a number of pods: it must be at least 1; leave it out for no limit"},
		{Field: "spec.limits.max", Message: "-4 is not a number of pods: it must be at least 1; leave it out for no limit"},
		{Field: "spec.limits.headroom", Message: `"2" is not a percentage: write it as 95% or 12.5%`},
		{Field: "spec.limits.stepUp", Message: "0% is out of range: it must be more than 0% and at most 10000%"},
		{Field: "spec.limits.maxStepUp", Message: "0 is not a number of pods: it must be at least 1; leave it out for no limit"},
		{Field: "spec.limits.stepDown", Message: "101% is out of range: it must be more than 0% and at most 100%"},
		{Field: "spec.limits.stepEvery", Message: "1ms is out of range: it must be at least 1s and at most 1h"},
	}
	for i := range want {
		want[i].Code, want[i].Fatal, want[i].Field = BadPolicy, true, "FloorPolicy web: "+want[i].Field
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got != recommender.DefaultPolicy() {
		t.Errorf("a bad value did not leave the default: %+v", got)
	}
}

func TestResolvePolicyMinAboveMax(t *testing.T) {
	got, problems := ResolvePolicy("web", &v1alpha1.FloorPolicySpec{
		Limits: v1alpha1.Limits{Min: new(int32(9)), Max: new(int32(4))},
	}, recommender.DefaultPolicy())
	want := []workload.Problem{{Code: BadPolicy, Field: "FloorPolicy web: spec.limits.min",
		Message: "min 9 is more than max 4: lower min or raise max", Fatal: true}}
	if diff := cmp.Diff(want, problems); diff != "" || got.Min != 0 || got.Max != 0 {
		t.Errorf("%d to %d (-want +got):\n%s", got.Min, got.Max, diff)
	}
}

func TestResolvePolicyRisk(t *testing.T) {
	def := recommender.DefaultPolicy()
	for _, tt := range []struct {
		name string
		spec v1alpha1.FloorPolicySpec
		want recommender.Risk
		says string
	}{
		{"nothing", v1alpha1.FloorPolicySpec{}, def.Risk, ""},
		{"a quantile", v1alpha1.FloorPolicySpec{Quantile: "99%"}, recommender.Risk{}, ""},
		{"a quantile that is none", v1alpha1.FloorPolicySpec{Quantile: "9"}, def.Risk, "not a percentage"},
		{"a budget", v1alpha1.FloorPolicySpec{Risk: &v1alpha1.Risk{Budget: "0.5%"}}, recommender.Risk{Budget: 0.005, Ratio: def.Risk.Ratio}, ""},
		{"a ratio", v1alpha1.FloorPolicySpec{Risk: &v1alpha1.Risk{CostRatio: 7}}, recommender.Risk{Ratio: 7}, ""},
		{"both", v1alpha1.FloorPolicySpec{Risk: &v1alpha1.Risk{Budget: "1%", CostRatio: 7}}, def.Risk, "either budget or costRatio"},
		{"neither", v1alpha1.FloorPolicySpec{Risk: &v1alpha1.Risk{}}, def.Risk, "either budget or costRatio"},
		{"beside a quantile", v1alpha1.FloorPolicySpec{Quantile: "99%", Risk: &v1alpha1.Risk{CostRatio: 7}}, def.Risk, "set only one"},
		{"a budget of everything", v1alpha1.FloorPolicySpec{Risk: &v1alpha1.Risk{Budget: "100%"}}, def.Risk, "less than 100%"},
		{"a budget of nothing", v1alpha1.FloorPolicySpec{Risk: &v1alpha1.Risk{Budget: "0%"}}, def.Risk, "more than 0%"},
		{"a negative ratio", v1alpha1.FloorPolicySpec{Risk: &v1alpha1.Risk{CostRatio: -1}}, def.Risk, "more than 0"},
	} {
		got, problems := ResolvePolicy("web", &tt.spec, def)
		if got.Risk != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got.Risk, tt.want)
		}
		if (len(problems) > 0) != (tt.says != "") || len(problems) > 0 && !strings.Contains(problems[0].Message, tt.says) {
			t.Errorf("%s: %+v, want %q", tt.name, problems, tt.says)
		}
	}
}
