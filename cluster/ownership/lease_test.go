package ownership

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/cluster/workload"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestLeaseSurvivesTheAnnotation(t *testing.T) {
	want := workload.Lease{Baseline: 2, Floor: 9, Renewed: noon, Expires: noon.Add(30 * time.Minute), Holder: "highwater-0"}
	text := FormatLease(want)
	if golden := `{"baseline":2,"floor":9,"renewed":"2026-03-02T12:00:00Z","expires":"2026-03-02T12:30:00Z","holder":"highwater-0"}`; text != golden {
		t.Errorf("FormatLease = %s\nwant %s", text, golden)
	}
	got, err := ParseLease(map[string]string{LeaseAnnotation: text})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("ParseLease (-want +got):\n%s", diff)
	}
	if got, err := ParseLease(map[string]string{"other": "1"}); got != nil || err != nil {
		t.Errorf("without the annotation: %v, %v", got, err)
	}
}

func TestBrokenLeaseIsAnErrorAndNeverNone(t *testing.T) {
	const ends = `,"renewed":"2026-03-02T12:00:00Z","expires":"2026-03-02T12:30:00Z"}`
	tests := map[string]string{ // annotation → error
		``:                                     "unexpected end of JSON input",
		`9`:                                    "cannot unmarshal number",
		`{"floor":9` + ends:                    "baseline is missing",
		`{"baseline":2` + ends:                 "floor is missing",
		`{"baseline":2,"floor":9}`:             "renewed is missing",
		`{"baseline":-1,"floor":9` + ends:      "baseline -1 is negative",
		`{"baseline":9,"floor":2` + ends:       "floor 2 is below the baseline 9",
		`{"baseline":2.5,"floor":9` + ends:     "cannot unmarshal number 2.5",
		`{"baseline":2,"floor":1e10` + ends:    "cannot unmarshal number 1e10",
		`{"baseline":2,"floor":9` + ends + `x`: "invalid character 'x' after top-level value",
		`{"baseline":2,"floor":9,"renewed":"2026-03-02T12:00:00Z"}`:                                  "expires is missing",
		`{"baseline":2,"floor":9,"renewed":"2026-03-02T12:00:00Z","expires":"2026-03-02T11:00:00Z"}`: "expires is before renewed",
		`{"baseline":2,"floor":9,"renewed":"noon","expires":"2026-03-02T11:00:00Z"}`:                 "cannot parse",
	}
	for text, want := range tests {
		lease, err := ParseLease(map[string]string{LeaseAnnotation: text})
		if err == nil || lease != nil {
			t.Errorf("%q: %v, %v", text, lease, err)
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "annotation highwater.dev/lease: ") {
			t.Errorf("%q: error %q, want it to hold %q", text, err, want)
		}
	}
}

func FuzzParseLease(f *testing.F) {
	f.Add(`{"baseline":2,"floor":9,"renewed":"2026-03-02T12:00:00Z","expires":"2026-03-02T12:30:00Z"}`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, text string) {
		lease, err := ParseLease(map[string]string{LeaseAnnotation: text})
		if (lease == nil) == (err == nil) {
			t.Fatalf("lease %v, error %v", lease, err)
		}
		if lease != nil && (lease.Baseline < 0 || lease.Floor < lease.Baseline || lease.Expires.Before(lease.Renewed)) {
			t.Fatalf("accepted %+v", lease)
		}
	})
}
