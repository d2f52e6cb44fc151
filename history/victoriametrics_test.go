package history

import (
	"strings"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// Minute by minute: a digit is a value, a dot nothing.
func TestZerosBetweenARateAndAGapAreUnknown(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Unix()
	f := func(what, expr, have, want string) {
		t.Helper()
		s := &model.SampleStream{}
		for i, c := range have {
			if c != '.' {
				s.Values = append(s.Values, model.SamplePair{Timestamp: model.TimeFromUnix(start + 60*int64(i)), Value: model.SampleValue(c - '0')})
			}
		}
		withoutInventedZeros(model.Matrix{s}, expr, v1.Range{End: time.Unix(start+60*int64(len(have)-1), 0), Step: time.Minute})
		got := []byte(strings.Repeat(".", len(have)))
		for _, v := range s.Values {
			got[(v.Timestamp.Unix()-start)/60] = byte('0' + int(v.Value))
		}
		if string(got) != want {
			t.Errorf("%s: %s of %s is %s, want %s", what, expr, have, got, want)
		}
	}
	const rate = "sum(rate(x[2m]))"
	f("before a gap", rate, "1100..11", "11....11")
	f("before two gaps", rate, "110.1.100..1", "11..1.1....1")
	f("longer than the range", rate, "11000..1", "11000..1")
	f("within the longest range", "rate(x[1m]) + increase(y[3m])", "11000..1", "11.....1")
	f("of a subquery", "deriv(sum(x)[3m:])", "11000..1", "11.....1")
	f("a range shorter than a step", "rate(x[30s])", "110..1", "11...1")
	f("a real zero", rate, "1100011001", "1100011001")
	f("nothing before", rate, "00..11", "00..11")
	f("after a gap", rate, "11..00..11", "11..00..11")
	f("one sample after the gap", rate, "1100.....", "11.......")
	f("at the end", rate, "1100", "1100")
	f("at the end of what is there", rate, "1100..", "11....")
	f("of a gauge", "sum(x)", "1100..11", "1100..11")
	f("no PromQL", "rate(x[2m]) default 0", "1100..11", "1100..11")
	f("all of it", rate, "0000", "0000")
	f("none", rate, "....", "....")
}
