package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/proof"
)

func found(list ...advice.Advice) *advice.Report {
	from := time.Date(2026, 3, 7, 0, 0, 0, 0, time.FixedZone("east", 3600))
	return &advice.Report{
		From: from, To: from.AddDate(0, 0, 7), Proof: &proof.Proof{Verdict: proof.NoGain, Detail: "no better"},
		Now: advice.Week{PodHours: 100, ShortMinutes: 3}, Floors: &advice.Week{PodHours: 110}, Advice: list, Notes: []string{"found later"},
	}
}

var target = advice.Advice{
	Kind: advice.TargetTooLow, Field: "spec.maxReplicas", Now: "3", Better: "5", Confidence: advice.High, PodHours: -5,
	Why:      strings.Repeat("pods could be fuller by 5 % and more, ", 9),
	Evidence: []advice.Fact{{Name: "pod-hours now", Value: 100, Unit: "pod-hours/week"}},
}

func text(t *testing.T, r *advice.Report) string {
	t.Helper()
	var b strings.Builder
	if err := New("web", []string{"read first"}, price.Price{}, r).Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextSaysWhatWasFound(t *testing.T) {
	got := text(t, found(target, target))
	for _, want := range []string{
		"web, replayed from 2026-03-06 23:00 to 2026-03-13 23:00 UTC\n", "with floors     110 pod-hours", "NoGain: no better\n", "note            read first\n",
		"note            found later\n", "\n2. spec.maxReplicas: 3 → 5\n", "   Evidence: pod-hours now: 100", "Each was measured alone",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\ndoes not say %q", got, want)
		}
	}
	for line := range strings.Lines(got) {
		if len([]rune(line)) > width+1 || strings.HasPrefix(strings.TrimSpace(line), "%") {
			t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
		}
	}
	if got := text(t, found()); !strings.Contains(got, "Nothing to advise") || strings.Contains(got, "Each was measured") {
		t.Error(got)
	}
}

func TestJSONHasListsAndNoNull(t *testing.T) {
	var b strings.Builder
	if err := New("web", nil, price.Price{}, found()).JSON(&b); err != nil {
		t.Fatal(err)
	}
	var d Document
	if err := json.Unmarshal([]byte(b.String()), &d); err != nil || !strings.Contains(b.String(), `"advice": []`) || len(d.Notes) != 1 || d.Verdict != "NoGain" {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestCostsAreToldWithThePrice(t *testing.T) {
	var b strings.Builder
	d := New("web", nil, price.Price{PodHour: 0.04, Currency: "USD", Source: "OpenCost's mean of 3 nodes over 24 h"}, found(target))
	if err := d.Text(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"short for 3 minutes a week, 4.00 USD\n", "price           0.040 USD per pod-hour, OpenCost's mean of 3 nodes over 24 h\n", "short minutes a week, −0.20 USD a week\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s\ndoes not say %q", b.String(), want)
		}
	}
	if *d.Advice[0].Cost != -0.2 || target.Cost != nil {
		t.Errorf("%v, %v", *d.Advice[0].Cost, target.Cost)
	}
}
