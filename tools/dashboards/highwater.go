package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// acting takes the series of the replica that acts: each exports all workloads.
const acting = ` and on (cluster, job, instance) (highwater_leading == 1)`

// chosen selects the workload that the viewer has chosen.
const chosen = `{namespace="$namespace", name="$name"}`

// by is a metric of workloads, of the replica that acts, by labels beside the workload's.
func by(labels, series string) string {
	return "max by (namespace, name" + labels + ") (" + series + acting + ")"
}

// highwater is the dashboard: the fleet, one workload, and Highwater itself.
func highwater() *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder("Highwater").
		Uid("highwater").
		Description("Floors ahead of predicted load: the fleet, one workload, and Highwater itself.").
		Tags([]string{"highwater", "autoscaling"}).
		Time("now-24h", "now").
		Refresh("1m").
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Prometheus").Type("prometheus")).
		WithVariable(choice("namespace", "Namespace", "label_values(highwater_floor, namespace)")).
		WithVariable(choice("name", "Workload", `label_values(highwater_floor{namespace="$namespace"}, name)`)).
		WithRow(dashboard.NewRowBuilder("Fleet")).
		WithPanel(panel{title: "Workloads", queries: []query{{"", "max(highwater_workloads)"}}}.number()).
		WithPanel(panel{title: "Enforcing", about: "Workloads whose policy enforces, and whose proof holds or is not asked for.",
			queries: []query{{"", `count(` + by("", `highwater_floor{mode="Enforce"}`) + `) or vector(0)`}}}.number()).
		WithPanel(panel{title: "Floors not set", about: "Although the policy enforces.",
			queries: []query{{"", `count(` + by("", `highwater_floor_withheld`) + `) or vector(0)`}}}.number()).
		WithPanel(panel{title: "At the ceiling",
			queries: []query{{"", `count(` + by("", `highwater_floor{reason="AtCeiling"}`) + `) or vector(0)`}}}.number()).
		WithPanel(panel{title: "Short within the plan", about: "Workloads that will need more pods than they can get.",
			queries: []query{{"", `count(` + by("", `highwater_shortage_pods`) + `) or vector(0)`}}}.number()).
		WithPanel(panel{title: "Without a forecast",
			queries: []query{{"", `count(` + by("", `highwater_no_forecast`) + `) or vector(0)`}}}.number()).
		WithPanel(panel{title: "Pods above the baselines", about: "What the floors that are set ask for, beyond the users' own minimum.",
			queries: []query{{"floors", `sum(` + by("", `highwater_floor{mode="Enforce"}`) + ` - on (namespace, name) ` + by("", "highwater_baseline") + `)`}}}.curve()).
		WithPanel(panel{title: "What became of decisions", unit: "short",
			queries: []query{{"{{outcome}}", `sum by (outcome) (increase(highwater_applied_total{outcome!~"Unchanged|Observed|Renewed|Served"}[$__rate_interval]))`}}}.curve()).
		WithPanel(panel{title: "Shortages ahead", about: "Pods that will be missing within the plan, and why.",
			queries: []query{{"", by(", reason", "highwater_shortage_pods")}}}.list()).
		WithPanel(panel{title: "Floors that are not set, and why", queries: []query{{"", by(", reason", "highwater_floor_withheld")}}}.list()).
		WithRow(dashboard.NewRowBuilder("$namespace/$name")).
		WithPanel(panel{title: "Floor", about: "In pods: the user's own minimum, the recommended floor, what the predicted peak needs, and the maximum.", queries: []query{
			{"baseline", by("", "highwater_baseline"+chosen)}, {"floor", by("", "highwater_floor"+chosen)},
			{"predicted peak", by("", "highwater_predicted_peak_pods"+chosen)}, {"ceiling", by("", "highwater_ceiling"+chosen)},
		}}.curve()).
		WithPanel(panel{title: "Predicted load", about: "The largest within the window, at the policy's quantile, in the unit of the metric.",
			queries: []query{{"{{signal}}", by(", signal", "highwater_predicted_load"+chosen)}}}.curve()).
		WithPanel(panel{title: "Coverage of forecasts", about: "The share of recent peaks that forecasts covered, and the share that they were to cover.", unit: "percentunit", queries: []query{
			{"{{signal}}", by(", signal", "highwater_forecast_coverage_ratio"+chosen)}, {"{{signal}}, expected", by(", signal", "highwater_forecast_expected_coverage_ratio"+chosen)},
		}}.curve()).
		WithPanel(panel{title: "Short minutes in the proof", about: "The share of minutes with too few pods: the HPA alone, and with floors.", unit: "percentunit",
			queries: []query{{"{{policy}}", by(", policy", "highwater_proof_short_ratio"+chosen)}}}.curve()).
		WithRow(dashboard.NewRowBuilder("Highwater itself")).
		WithPanel(panel{title: "Leader", queries: []query{{"{{instance}}", "highwater_leading"}}}.curve()).
		WithPanel(panel{title: "Since the last tick", unit: "s", queries: []query{{"{{instance}}", "time() - (highwater_last_tick_timestamp_seconds > 0)"}}}.curve()).
		WithPanel(panel{title: "Ticks, 90th percentile", unit: "s",
			queries: []query{{"{{instance}}", "histogram_quantile(0.9, sum by (instance, le) (rate(highwater_tick_duration_seconds_bucket[$__rate_interval])))"}}}.curve()).
		WithPanel(panel{title: "Reads, 90th percentile", unit: "s",
			queries: []query{{"{{op}}", "histogram_quantile(0.9, sum by (op, le) (rate(highwater_query_duration_seconds_bucket[$__rate_interval])))"}}}.curve()).
		WithPanel(panel{title: "Reads that failed", unit: "reqps",
			queries: []query{{"{{reason}}", "sum by (reason) (rate(highwater_query_failures_total[$__rate_interval]))"}}}.curve()).
		WithPanel(panel{title: "Failures", unit: "short",
			queries: []query{{"{{reason}}", "sum by (reason) (increase(highwater_failures_total[$__rate_interval])) > 0"}}}.curve()).
		WithPanel(panel{title: "CPU", about: "In cores.",
			queries: []query{{"{{instance}}", "rate(process_cpu_seconds_total[$__rate_interval]) and on (job, instance) highwater_build_info"}}}.curve()).
		WithPanel(panel{title: "Memory", unit: "bytes",
			queries: []query{{"{{instance}}", "process_resident_memory_bytes and on (job, instance) highwater_build_info"}}}.curve())
}
