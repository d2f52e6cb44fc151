package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

func TestAFloorThatIsNotSetIsExportedWithItsReason(t *testing.T) {
	warned := func(code string) recommender.Decision {
		return recommender.Decision{Warnings: []recommender.Warning{{Code: "CeilingTooLow"}, {Code: code}}}
	}
	tests := []struct {
		name    string
		mode    recommender.Mode
		suspend bool
		result  Result
		want    string
	}{
		{"set", recommender.Enforce, false, Result{Applied: workload.Applied{Outcome: workload.OutcomeRaised}}, ""},
		{"set, though a load could not be read", recommender.Enforce, false, Result{Err: "timeout", Applied: workload.Applied{Outcome: workload.OutcomeUnchanged}}, ""},
		{"only observed", recommender.Observe, false, Result{Decision: warned("PodsUnknown")}, ""},
		{"kept until there is a proof", recommender.Enforce, false, Result{Decision: warned(workload.ProofPending), Applied: workload.Applied{Outcome: workload.OutcomeRenewed}}, ""},
		{"no proof yet", recommender.Observe, false, Result{Decision: warned(workload.ProofPending)}, "ProofPending"},
		{"proof withdrawn", recommender.Observe, false, Result{Decision: warned(workload.ProofWithdrawn)}, "ProofWithdrawn"},
		{"contested", recommender.Enforce, false, Result{Applied: workload.Applied{Outcome: workload.OutcomeContested}}, "Contested"},
		{"set by another installation", recommender.Enforce, false, Result{Applied: workload.Applied{Outcome: workload.OutcomeOtherInstallation}}, "OtherInstallation"},
		{"refused by the API server", recommender.Enforce, false, Result{Err: "forbidden"}, "NotApplied"},
		{"suspended", recommender.Enforce, true, Result{Applied: workload.Applied{Outcome: workload.OutcomeContested}}, ""},
		{"on a standby", recommender.Enforce, false, Result{Err: "timeout", Applied: workload.Applied{Outcome: "Standby"}}, ""},
	}
	for _, tt := range tests {
		tt.result.Workload.Policy.Mode, tt.result.Workload.Policy.Suspend = tt.mode, tt.suspend
		if got := tt.result.Withheld(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestLeaseAndShortagesAreExported(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	r := &Result{
		Workload: workload.Workload{Key: workload.Key{Namespace: "shop", Name: "web"}},
		Applied:  workload.Applied{Outcome: "Standby", Lease: &workload.Lease{Renewed: at, Expires: at.Add(30 * time.Minute)}},
		Decision: recommender.Decision{Gaps: []recommender.Gap{
			{Code: "QuotaTooLow", Name: "small", Pods: 4, Most: 12, From: at.Add(time.Hour)},
			{Code: "QuotaTooLow", Name: "large", Pods: 10, Most: 12, From: at.Add(2 * time.Hour)},
			{Code: "CeilingTooLow", Pods: 9, Most: 12, From: at},
		}},
	}
	got := map[string]float64{}
	collectFloor(func(d *prometheus.Desc, v float64, labels ...string) {
		got[fmt.Sprint(describe(d), labels)] = v
	}, r)
	want := map[string]float64{
		"highwater_lease_renewed_timestamp_seconds[shop web]":                1_800_000_000,
		"highwater_lease_expiry_timestamp_seconds[shop web]":                 1_800_001_800,
		"highwater_shortage_pods[shop web QuotaTooLow]":                      8,
		"highwater_shortage_start_timestamp_seconds[shop web QuotaTooLow]":   1_800_003_600,
		"highwater_shortage_pods[shop web CeilingTooLow]":                    3,
		"highwater_shortage_start_timestamp_seconds[shop web CeilingTooLow]": 1_800_000_000,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// describe returns the name of a metric.
func describe(d *prometheus.Desc) string {
	_, rest, _ := strings.Cut(d.String(), `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

func TestFailuresAreExportedBeforeTheFirst(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	NewMetrics(reg)
	n, err := testutil.GatherAndCount(reg, "highwater_failures_total")
	if err != nil || n != len(failureReasons) || !slices.Contains(failureReasons, "panic") {
		t.Errorf("%d series of highwater_failures_total, %v; a rate does not see the first failure of a reason without one", n, err)
	}
}
