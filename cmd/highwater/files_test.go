package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/forecast/outlook"
)

// table writes ten days in steps of 15 minutes, each row as form makes it of its
// time and load.
func table(head string, form func(unix int, load float64) string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range 10 * 96 {
		b.WriteString(form(1772409600+900*i, 100+50*math.Sin(2*math.Pi*float64(i)/96)))
	}
	return b.String()
}

// fileCommands are the commands that read a file, with what else they need.
func fileCommands() map[string][]string {
	return map[string][]string{
		"forecast": {}, "backtest": {"--max-origins", "1"}, "replay": {"--pod-capacity", "100"},
		"advise": {"--pod-capacity", "100"}, "plan": {"--pod-capacity", "100", "--csv"},
	}
}

func command(name string) *cobra.Command {
	return map[string]func() *cobra.Command{
		"forecast": forecastCommand, "backtest": backtestCommand, "replay": replayCommand, "advise": adviseCommand, "plan": planCommand,
	}[name]()
}

func TestEveryCommandReadsWhatPeopleHave(t *testing.T) {
	values := table("", func(at int, y float64) string { return fmt.Sprintf(`,[%d,"%.3f"]`, at, y) })[1:]
	for file, c := range map[string]struct{ text, note string }{
		"panel.csv": {table("\"Time\",\"web\"\n", func(at int, y float64) string {
			return fmt.Sprintf("%d,%.2f req/s\n", at*1000, y)
		}), "values are in req/s"},
		"german.csv": {table("Zeit;Last\n", func(at int, y float64) string {
			return fmt.Sprintf("%d;%s\n", at, strings.Replace(fmt.Sprintf("%.2f", y), ".", ",", 1))
		}), "values have a decimal comma"},
		"answer.json": {`{"status":"success","warnings":["half of it"],"data":{"resultType":"matrix","result":[{"metric":{},"values":[` + values + `]}]}}`, "Prometheus warned: half of it"},
	} {
		path := writeTemp(t, file, c.text)
		for name, args := range fileCommands() {
			if _, told, err := execute(t.Context(), command(name), "", append(args, path)...); err != nil || strings.Count(told, c.note) != 1 || !strings.Contains(told, "note: ") {
				t.Errorf("%s %s: told %q, %v", name, file, told, err)
			}
		}
	}
}

func TestEveryCommandTellsWhatItDropped(t *testing.T) {
	i := 0
	path := writeTemp(t, "web.csv", table("timestamp,value\n", func(at int, y float64) string {
		i++
		switch i {
		case 100:
			return fmt.Sprintf("%d,NaN\n", at)
		case 200, 300:
			return fmt.Sprintf("%d,1e300\n", at)
		case 400:
			return fmt.Sprintf("%d,-1\n", at)
		}
		return fmt.Sprintf("%d,%g\n", at, y)
	}))
	for name, args := range fileCommands() {
		_, told, err := execute(t.Context(), command(name), "", append(args, path)...)
		if want := "of the 960 points read: 4 missing in gaps, 3 no number, 1 negative, taken as unknown"; err != nil || !strings.Contains(told, want) {
			t.Errorf("%s: told %q, %v", name, told, err)
		}
	}
}

func TestEveryCommandNamesAnEmptyFile(t *testing.T) {
	path := writeTemp(t, "nothing.csv", "timestamp,value\n")
	for name, args := range fileCommands() {
		_, told, err := execute(t.Context(), command(name), "", append(args, path)...)
		if err == nil || !strings.Contains(told+err.Error(), path) || !strings.Contains(told+err.Error(), "no points") {
			t.Errorf("%s: told %q, %v", name, told, err)
		}
	}
}

func TestACounterIsNoLoad(t *testing.T) {
	total := 0.0
	path := writeTemp(t, "requests.csv", table("timestamp,value\n", func(at int, y float64) string {
		if total += 900 * y; at == 1772409600+900*500 {
			total = 0
		}
		return fmt.Sprintf("%d,%.0f\n", at, total)
	}))
	for name, args := range fileCommands() {
		_, _, err := execute(t.Context(), command(name), "", append(args, path)...)
		if err == nil || !strings.Contains(err.Error(), "it only ever rises, but for 1 reset: it is a counter, no load. Query rate(x[5m]) in place of x, or read its rate with --rate") {
			t.Errorf("%s: %v", name, err)
		}
		_, told, err := execute(t.Context(), command(name), "", append(args, path, "--rate")...)
		if err != nil || !strings.Contains(told, "the rate of a counter, in units a second; resets: 1") {
			t.Errorf("%s --rate: told %q, %v", name, told, err)
		}
	}
}

func TestNoColumnIsTakenSilently(t *testing.T) {
	path := writeTemp(t, "fleet.csv", table("timestamp,web,api\n", func(at int, y float64) string { return fmt.Sprintf("%d,%g,%g\n", at, y, 2*y) }))
	for name, args := range fileCommands() {
		out, _, err := execute(t.Context(), command(name), "", append(args, path)...)
		switch name {
		case "backtest", "plan": // a load for each
			if err != nil || !strings.Contains(out, "web") || !strings.Contains(out, "api") || strings.Contains(out, "fleet ") {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		default:
			if want := path + `: it holds 2 loads, "web", "api": pick one with --column`; err == nil || err.Error() != want {
				t.Errorf("%s: %v", name, err)
			}
		}
		out, told, err := execute(t.Context(), command(name), "", append(args, path, "--column", "api")...)
		if err != nil || !strings.Contains(out+told, "api") && name != "replay" || strings.Contains(out, "web ") {
			t.Errorf("%s --column: %v\n%s%s", name, err, told, out)
		}
	}
	other := writeTemp(t, "other.csv", table("timestamp,web,api\n", func(at int, y float64) string { return fmt.Sprintf("%d,%g,%g\n", at, y, 2*y) }))
	if out, _, err := execute(t.Context(), backtestCommand(), "", path, other, "--column", "api", "--max-origins", "1"); err != nil || !strings.Contains(out, "fleet.api") || !strings.Contains(out, "other.api") {
		t.Errorf("one column of two files: %v\n%s", err, out)
	}
	list := writeTemp(t, "fleet.yaml", "workloads:\n- {name: shop/a, csv: "+path+", podCapacity: 100}\n")
	if _, _, err := execute(t.Context(), planCommand(), "", "--workloads", list); err == nil || !strings.Contains(err.Error(), `or with column in `+list) {
		t.Errorf("a list without a column: %v", err)
	}
	list = writeTemp(t, "fleet.yaml", "workloads:\n- {name: shop/a, csv: "+path+", column: api, podCapacity: 100}\n- {name: shop/b, csv: "+path+", column: web, podCapacity: 100}\n")
	if r := planJSON(t, "--workloads", list); len(r.Workloads) != 2 {
		t.Errorf("%d workloads", len(r.Workloads))
	}
}

func TestTimesWithoutAZoneAreOfTheFlag(t *testing.T) {
	at := "2026-03-02 00:00"
	path := writeTemp(t, "web.csv", table("Time,web\n", func(unix int, y float64) string {
		i := (unix - 1772409600) / 900
		at = fmt.Sprintf("2026-03-%02d %02d:%02d", 2+i/96, i%96/4, 15*(i%4))
		return fmt.Sprintf("%s,%g\n", at, y)
	}))
	for zone, want := range map[string]string{"": "2026-03-11T23:45:00Z", "Europe/Berlin": "2026-03-11T23:45:00+01:00"} {
		out, told, err := execute(t.Context(), forecastCommand(), "", path, "-o", "json", "--time-zone", zone)
		var doc outlook.Document
		if e := json.Unmarshal([]byte(out), &doc); e != nil || err != nil || doc.Origin.Format("2006-01-02T15:04:05Z07:00") != want || len(doc.Assumed) != 1 || !strings.Contains(told, "times have no zone: taken as") {
			t.Errorf("--time-zone %q: origin %v, assumed %q, told %q, %v, %v", zone, doc.Origin, doc.Assumed, told, e, err)
		}
	}
}

func TestAQueryOfACounterIsRefused(t *testing.T) {
	rises := true
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		start, _ := strconv.ParseFloat(r.Form.Get("start"), 64)
		end, _ := strconv.ParseFloat(r.Form.Get("end"), 64)
		step, _ := strconv.ParseFloat(r.Form.Get("step"), 64)
		var values []string
		for at := start; at <= end; at += step {
			v := at
			if !rises {
				v = 100 + 50*math.Sin(at/14000)
			}
			values = append(values, fmt.Sprintf(`[%.0f,"%g"]`, at, v))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[%s]}]}}`, strings.Join(values, ","))
	}))
	defer srv.Close()
	ask := func(query string, more ...string) error {
		_, _, err := execute(t.Context(), forecastCommand(), "", append([]string{query, "--prometheus-url", srv.URL, "--span", "3d", "--step", "5m", "--horizon", "1h"}, more...)...)
		return err
	}
	if err := ask("sum(http_requests_total)"); err == nil || err.Error() != `query "sum(http_requests_total)": http_requests_total is a counter, no load: ask sum(rate(http_requests_total[5m]))` {
		t.Errorf("named like a counter: %v", err)
	}
	if err := ask("requests"); err == nil || !strings.Contains(err.Error(), "it only ever rises: it is a counter, no load. Ask rate(x[5m]) in place of x") {
		t.Errorf("rises like a counter: %v", err)
	}
	rises = false
	if err := ask("jobs_count"); err != nil {
		t.Errorf("a gauge that is named like a counter: %v", err)
	}
	if err := ask("jobs", "--column", "2"); err == nil || !strings.Contains(err.Error(), "--column: there is no file") {
		t.Errorf("a column of a query: %v", err)
	}
}
