package main

import (
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// floorsFor makes the floors of a peer whose pods shall carry perPod each.
type floorsFor func(perPod float64, ceiling int32) *simulate.Floors

// The policies that are played beside those of package replay.
const (
	policyPHPA  = "phpa"
	policyTuned = "phpa-tuned"
	policyCrane = "crane"
	policyCron  = "cron"
	policyAWS   = "aws-like"
)

// A peer sets floors, or adds a metric, from a load that it knows up to the
// moment.
type peer struct {
	name, about string
	floors      func(s forecast.Series, from, to time.Time) floorsFor
}

// peers lists all but Crane, which adds a metric: see crane.go.
var peers = []peer{
	{policyCron, "cron floors by a careful person: what the hour needed last week and 10 %, 10 minutes early", cron},
	{policyAWS, "in the manner of EC2 predictive scaling: mean of the hour over the last two weeks, 5 minutes early, raises only", aws},
	{policyPHPA, "Predictive Horizontal Pod Autoscaler, Holt-Winters on replicas with the documented α = β = γ = 0.9, four seasons kept, one step of 5 minutes",
		func(s forecast.Series, from, to time.Time) floorsFor { return holtWinters(s, from, to, documented) }},
	{policyTuned, "the same with the best of 49 settings so far, chosen each midnight",
		func(s forecast.Series, from, to time.Time) floorsFor { return holtWinters(s, from, to, tweaked) }},
}
