// The dashboard of the chart, written with Grafana's own builders, apart from what Highwater is made of.
module github.com/highwater-dev/highwater/tools/dashboards

go 1.26.0

require github.com/grafana/grafana-foundation-sdk/go v0.0.22
