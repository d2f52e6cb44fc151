package scheduler

import (
	"math"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// A Collector exports the results of the last tick, a few metrics for each
// workload. What is not known is not exported.
type Collector struct{ s *Scheduler }

// NewCollector returns a collector of s's results.
func NewCollector(s *Scheduler) Collector { return Collector{s} }

var (
	workloadLabels = []string{"namespace", "name"}

	floorDesc = prometheus.NewDesc("highwater_floor", "The recommended floor, in pods.", append(workloadLabels, "mode", "reason"), nil)
	baseDesc  = prometheus.NewDesc("highwater_baseline", "The user's own minReplicas.", workloadLabels, nil)
	ceilDesc  = prometheus.NewDesc("highwater_ceiling", "The maxReplicas.", workloadLabels, nil)
	peakDesc  = prometheus.NewDesc("highwater_predicted_peak_pods", "Pods that the largest load within the plan needs.", workloadLabels, nil)
	loadDesc  = prometheus.NewDesc("highwater_predicted_load", "Largest load within the window, at the policy's quantile, in the unit of the metric.", append(workloadLabels, "signal"), nil)
	errDesc   = prometheus.NewDesc("highwater_forecast_error_ratio", "Mean absolute error of the median of the window's peak, relative to the mean peak.", append(workloadLabels, "signal"), nil)
	coverDesc = prometheus.NewDesc("highwater_forecast_coverage_ratio", "Share of window peaks that the policy's quantile covered.", append(workloadLabels, "signal"), nil)
	wantDesc  = prometheus.NewDesc("highwater_forecast_expected_coverage_ratio", "Share of window peaks that the policy's quantile was to cover.", append(workloadLabels, "signal"), nil)
	noneDesc  = prometheus.NewDesc("highwater_no_forecast", "1 for each load without a forecast, by reason.", append(workloadLabels, "signal", "reason"), nil)
	leadDesc  = prometheus.NewDesc("highwater_lead_time_seconds", "From raising a floor to the new pods being Ready, as it is planned with.", workloadLabels, nil)
	proofDesc = prometheus.NewDesc("highwater_proof_verdict", "1 for the verdict of each proof; Pending if there is none yet, Withdrawn if it holds no more.", append(workloadLabels, "verdict"), nil)
	madeDesc  = prometheus.NewDesc("highwater_proof_timestamp_seconds", "When the proof was made, in unix time.", workloadLabels, nil)
	shortDesc = prometheus.NewDesc("highwater_proof_short_ratio", "Share of the minutes of the proof with too few pods, by policy.", append(workloadLabels, "policy"), nil)
	hoursDesc = prometheus.NewDesc("highwater_proof_pod_hours", "Pod-hours of the proof, by policy.", append(workloadLabels, "policy"), nil)
	keptDesc  = prometheus.NewDesc("highwater_floor_withheld", "1 for each floor that is not set although the policy asks for that, by reason.", append(workloadLabels, "reason"), nil)
	renewDesc = prometheus.NewDesc("highwater_lease_renewed_timestamp_seconds", "When the lease of the floor was last renewed, in unix time.", workloadLabels, nil)
	endsDesc  = prometheus.NewDesc("highwater_lease_expiry_timestamp_seconds", "When the lease of the floor ends unless it is renewed, in unix time.", workloadLabels, nil)
	lackDesc  = prometheus.NewDesc("highwater_shortage_pods", "Most pods within the plan beyond what the ceiling, a quota or the nodes hold, by the code of the warning.", append(workloadLabels, "reason"), nil)
	fromDesc  = prometheus.NewDesc("highwater_shortage_start_timestamp_seconds", "When the shortage of highwater_shortage_pods begins, in unix time.", append(workloadLabels, "reason"), nil)
	leadsDesc = prometheus.NewDesc("highwater_leading", "1 if this replica acts on the cluster.", nil, nil)
	countDesc = prometheus.NewDesc("highwater_workloads", "Workloads known.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{floorDesc, baseDesc, ceilDesc, peakDesc, loadDesc, errDesc, coverDesc, wantDesc, noneDesc,
		leadDesc, proofDesc, madeDesc, shortDesc, hoursDesc, keptDesc, renewDesc, endsDesc, lackDesc, fromDesc, leadsDesc, countDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c Collector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		if !math.IsNaN(v) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
		}
	}
	results := c.s.Snapshot().Results
	gauge(countDesc, float64(len(results)))
	leads := 0.0
	if c.s.Leading() {
		leads = 1
	}
	gauge(leadsDesc, leads)
	for _, r := range results {
		w, d := r.Workload, r.Decision
		gauge(floorDesc, float64(d.Floor), w.Namespace, w.Name, string(w.Policy.Mode), string(d.Reason))
		gauge(baseDesc, float64(w.Baseline), w.Namespace, w.Name)
		gauge(ceilDesc, float64(w.Ceiling), w.Namespace, w.Name)
		if !d.Peak.Time.IsZero() {
			gauge(peakDesc, float64(d.Peak.Pods), w.Namespace, w.Name)
			gauge(loadDesc, d.Load, w.Namespace, w.Name, d.Signal)
		}
		gauge(leadDesc, w.Policy.LeadTime.Seconds(), w.Namespace, w.Name)
		collectProof(gauge, w.Key, r.Proof)
		collectFloor(gauge, r)
		for i, s := range r.Signals {
			if slices.ContainsFunc(r.Signals[:i], func(before SignalResult) bool { return before.Name == s.Name }) {
				continue // two metrics of one name would be one series twice
			}
			gauge(errDesc, s.Score.Error, w.Namespace, w.Name, s.Name)
			gauge(coverDesc, s.Score.Coverage, w.Namespace, w.Name, s.Name)
			gauge(wantDesc, s.Score.Expected, w.Namespace, w.Name, s.Name)
			if s.NoForecast != nil {
				gauge(noneDesc, 1, w.Namespace, w.Name, s.Name, string(s.NoForecast.Reason))
			}
		}
	}
}

// collectFloor exports what keeps a floor from being set, its lease, and what the
// plan lacks: of several quotas the one that lacks most, since a series is a code.
func collectFloor(gauge func(d *prometheus.Desc, v float64, labels ...string), r *Result) {
	k := r.Workload.Key
	if reason := r.Withheld(); reason != "" {
		gauge(keptDesc, 1, k.Namespace, k.Name, reason)
	}
	if l := r.Lease(); l != nil && !l.Renewed.IsZero() {
		gauge(renewDesc, float64(l.Renewed.Unix()), k.Namespace, k.Name)
		gauge(endsDesc, float64(l.Expires.Unix()), k.Namespace, k.Name)
	}
	worst := map[string]recommender.Gap{}
	for _, g := range r.Decision.Gaps {
		if was, ok := worst[g.Code]; !ok || g.Most-g.Pods > was.Most-was.Pods {
			worst[g.Code] = g
		}
	}
	for code, g := range worst {
		gauge(lackDesc, float64(g.Most-g.Pods), k.Namespace, k.Name, code)
		gauge(fromDesc, float64(g.From.Unix()), k.Namespace, k.Name, code)
	}
}

// collectProof exports a proof, and what it compares.
func collectProof(gauge func(d *prometheus.Desc, v float64, labels ...string), k workload.Key, p proofs.State) {
	switch {
	case p.Withdrawn != "":
		gauge(proofDesc, 1, k.Namespace, k.Name, "Withdrawn")
	case p.Proof != nil:
		gauge(proofDesc, 1, k.Namespace, k.Name, string(p.Verdict))
	case p.Pending != "":
		gauge(proofDesc, 1, k.Namespace, k.Name, "Pending")
	}
	if p.Proof == nil {
		return
	}
	gauge(madeDesc, float64(p.At.Unix()), k.Namespace, k.Name)
	for _, policy := range []string{proof.PolicyHPA, proof.PolicyHighwater} {
		if o, ok := p.Result(policy); ok && o.Minutes > 0 {
			gauge(shortDesc, o.ShortMinutes/o.Minutes, k.Namespace, k.Name, policy)
			gauge(hoursDesc, o.PodHours, k.Namespace, k.Name, policy)
		}
	}
}
