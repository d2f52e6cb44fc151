// Package api serves what the scheduler knows over HTTP: recommendations with
// their reasons, forecasts and plans as JSON under /api/v1, described by
// /openapi.json; health, metrics; and the web page. Plans of capacity and advice
// are made when they are asked for, a few at a time: see jobs.go and advice.go.
//
// All routes stand in routes.go. The types of the wire are in wire.go, apart
// from the domain's. Errors are application/problem+json. Nothing here changes
// anything in the cluster.
package api
