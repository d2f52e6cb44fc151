package files_test

import (
	"testing"

	"github.com/highwater-dev/highwater/history/files"
)

func TestAnswers(t *testing.T) {
	f := func(o files.Options, in, want string) { t.Helper(); check(t, o, in, want) }
	none := files.Options{}
	const one = `[{"metric":{"__name__":"up","app":"web"},"values":[[60,"1"],[120.5,"NaN"],[180,"+Inf"],[240,"1e400"]]}]`
	const read = `up{app="web"}: 1970-01-01T00:01:00Z=1 1970-01-01T00:02:00.5Z=NaN 1970-01-01T00:03:00Z=+Inf 1970-01-01T00:04:00Z=+Inf`
	f(none, `{"status":"success","data":{"resultType":"matrix","result":`+one+`}}`, read)
	f(none, ` {"resultType":"matrix","result":`+one+`}`, read)
	f(none, one, read) // promtool query range -o json
	f(none, `{"status":"success","warnings":["half"],"data":{"resultType":"matrix","result":`+one+`}}`, read+" | Prometheus warned: half")

	const two = `[{"metric":{"app":"web","ns":"a"},"values":[[60,"1"]]},{"metric":{"app":"api","ns":"a"},"values":[[60,"2"]]}]`
	f(none, two, "web: 1970-01-01T00:01:00Z=1 api: 1970-01-01T00:01:00Z=2")
	f(files.Options{Column: "api"}, two, "api: 1970-01-01T00:01:00Z=2")
	f(files.Options{Column: `{app="api",ns="a"}`}, two, "api: 1970-01-01T00:01:00Z=2")
	f(files.Options{Column: "2"}, two, "api: 1970-01-01T00:01:00Z=2")
	f(files.Options{Column: "db"}, two, `error: --column "db": the loads are "web", "api"`)

	f(none, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, "error: the answer holds no series: the query found nothing")
	f(none, `{"status":"error","error":"parse error"}`, "error: it is Prometheus' answer that the query failed: parse error")
	f(none, `{"data":{"resultType":"vector","result":[]}}`, "error: it is a vector, the answer for one moment: ask query_range, or query with a range such as x[7d]")
	f(none, `{"panels":[]}`, "error: this JSON is no answer of Prometheus to query_range: save that, or the panel's data as CSV")
	f(none, one+one, "error: more follows the first answer: give each answer a file of its own")
	f(none, `[{"metric":{},"histograms":[1]}]`, "error: series {}: it is a histogram: ask for one number, such as histogram_count(rate(x[5m]))")
	f(none, `[{"metric":{},"values":[["x","1"]]}]`, `error: series {}: sample 1: time "x" is no number of seconds since 1970`)
	f(none, `[{"metric":{},"values":[[60,"one"]]}]`, `error: series {}: sample 1: value "one" is no number`)
}
