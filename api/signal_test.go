package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
)

func TestFindingsAreToldWithTheirTime(t *testing.T) {
	to := now.Add(1)
	got := signalOf(scheduler.SignalResult{Findings: []forecast.Finding{
		{Kind: forecast.FoundOutage, From: now, To: to, Detail: "an outage"},
		{Kind: forecast.FoundCapped, Detail: "a ceiling"},
	}}).Findings
	want := []Finding{{"Outage", &now, &to, "an outage"}, {"Capped", nil, nil, "a ceiling"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExpertsAreThoseThatCountAndThoseThatDoNot(t *testing.T) {
	got := signalOf(scheduler.SignalResult{
		Shares: []forecast.Share{{Name: "yesterday", Shown: "as yesterday", Near: 0.5, Mid: 0.6, Far: 0.7}, {Name: "lstm", Shown: "the expert lstm", Near: 0.5, Mid: 0.4, Far: 0.3}},
		ExternalModels: []externalmodels.State{
			{Name: "lstm"},
			{Name: "young", Note: "the history is too short"},
			{Name: "down", Note: "connection refused", Failed: true},
		},
	}).Experts
	want := []Expert{
		{Name: "yesterday", Shown: "as yesterday", Near: 0.5, Mid: 0.6, Far: 0.7},
		{Name: "lstm", Shown: "the expert lstm", Near: 0.5, Mid: 0.4, Far: 0.3, External: true},
		{Name: "young", Shown: "the expert young", External: true, Note: "the history is too short"},
		{Name: "down", Shown: "the expert down", External: true, Note: "connection refused", Failed: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
