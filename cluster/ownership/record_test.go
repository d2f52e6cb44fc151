package ownership

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

func TestARecordSurvivesTheAnnotation(t *testing.T) {
	declared := int32(3)
	r := workload.Record{
		OwnerValue: workload.OwnerValue{MinReplicas: 2, By: "helm"}, Before: &workload.OwnerValue{MinReplicas: 1, By: `a "name" <with> é`},
		Declared: &declared, Floors: map[int32]time.Time{12: noon}, Returned: &workload.OwnerValue{MinReplicas: 12, By: "x"},
		Overwrites: []time.Time{noon}, Contests: 2, ContestedUntil: noon.Add(time.Hour),
	}
	text := FormatRecord(r)
	if want := `{"baseline":2,"by":"helm","before":{"baseline":1,"by":"a _name_ _with_ __"},"declared":3,"floors":{"12":"2026-03-02T12:00:00Z"},` +
		`"returned":{"floor":12,"by":"x"},"overwrites":["2026-03-02T12:00:00Z"],"contests":2,"contestedUntil":"2026-03-02T13:00:00Z"}`; text != want {
		t.Errorf("FormatRecord = %s", text)
	}
	if got := ParseRecord(map[string]string{RecordAnnotation: text}); got == nil || FormatRecord(*got) != text {
		t.Errorf("ParseRecord = %+v", got)
	}
	for _, bad := range []string{"?", `{"baseline":-1}`, strings.Repeat(" ", 5000) + text} {
		if got := ParseRecord(map[string]string{RecordAnnotation: bad}); got != nil {
			t.Errorf("%.20q: %+v", bad, got)
		}
	}
	for n := int32(3); n < 100; n++ {
		Keep(&r, n, noon.Add(time.Duration(n)*time.Minute))
	}
	for range ContestDaily {
		r.Overwrites = append(r.Overwrites, noon)
	}
	if len(r.Floors) != MaxFloors || len(FormatRecord(r)) > MaxAnnotation {
		t.Errorf("%d floors in %d bytes", len(r.Floors), len(FormatRecord(r)))
	}
}

// An annotation may be anything, and its error is short (S16).
func TestALongAnnotationMakesAShortMessage(t *testing.T) {
	for _, text := range []string{strings.Repeat("é", 100_000), `{"baseline":` + strings.Repeat("9", 3000) + `}`, `{"renewed":"` + strings.Repeat("é", 1500) + `"}`} {
		_, err := ParseLease(map[string]string{LeaseAnnotation: text})
		if err == nil || len(err.Error()) > 300 || strings.ContainsRune(err.Error(), '\uFFFD') {
			t.Errorf("%v", err)
		}
	}
}
