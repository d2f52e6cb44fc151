package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/proof/report"
)

// surgeCSV is n days of a load of 100, which rises to 1000 at 09:00 for two
// hours, every 5 minutes.
func surgeCSV(days int) string {
	var b strings.Builder
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for i := range days * 288 {
		v := 100 + 2*math.Sin(float64(i*i%977))
		if i%288 >= 108 && i%288 < 132 {
			v *= 10
		}
		fmt.Fprintf(&b, "%d,%.3f\n", start.Add(time.Duration(i)*5*time.Minute).Unix(), v)
	}
	return b.String()
}

func replayJSON(t *testing.T, in string, args ...string) map[string]report.Policy {
	t.Helper()
	out, _, err := execute(t.Context(), replayCommand(), in, append([]string{"-", "-o", "json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var list []report.Policy
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	byName := map[string]report.Policy{}
	for _, p := range list {
		byName[p.Policy] = p
	}
	return byName
}

// A surge that comes every day at nine is short under the HPA alone for as long
// as pods start; who knows it is never short, and Highwater learns it.
func TestReplayComparesPolicies(t *testing.T) {
	got := replayJSON(t, surgeCSV(12), "--pod-capacity", "50", "--policies", "hpa,highwater,naive,constant,oracle", "--price", "0.5")
	hpa, own, oracle, flat := got["hpa"], got["highwater"], got["oracle"], got["constant"]
	if len(got) != 5 {
		t.Fatalf("%v", got)
	}
	// Five surges in the 4.8 days scored, each short until the first new pods are Ready.
	if hpa.ShortMinutes < 5*1.5 || hpa.FloorChanges != 0 || hpa.Minutes < 4.79*1440 || hpa.Minutes > 4.81*1440 {
		t.Errorf("hpa: %+v", hpa)
	}
	if oracle.ShortMinutes > 0 || oracle.ShortMinutes > own.ShortMinutes || own.ShortMinutes > 0.2*hpa.ShortMinutes || own.PodHours > flat.PodHours*1.2 {
		t.Errorf("oracle %+v\nhighwater %+v", oracle, own)
	}
	if own.Verdict != string(proof.Proven) || own.Detail == "" || !(own.Quantile > 0 && own.Quantile < 1) || hpa.Verdict != "" {
		t.Errorf("%+v", own)
	}
	for _, p := range got {
		if p.Cost == nil || math.Abs(*p.Cost-0.5*p.PodHours) > 1e-9 || p.LongestShortMinutes > p.ShortMinutes || !(p.MeanUtilization > 0 && p.MeanUtilization <= 1) {
			t.Errorf("%+v", p)
		}
	}
}

// Others read the JSON by these names.
func TestReplayJSONKeepsItsNames(t *testing.T) {
	out, _, err := execute(t.Context(), replayCommand(), surgeCSV(6), "-", "--pod-capacity", "50", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[0]["policy"] != "hpa" || list[1]["policy"] != "highwater" || list[2]["policy"] != "oracle" {
		t.Fatalf("%v", list)
	}
	for _, name := range []string{"policy", "minutes", "shortMinutes", "shortLoad", "podHours", "meanUtilization", "changes", "floorChanges", "maxPods", "longestShortMinutes"} {
		if _, ok := list[0][name]; !ok {
			t.Errorf("%s is missing: %v", name, list[0])
		}
	}
	if _, ok := list[0]["cost"]; ok {
		t.Error("a cost without a price")
	}
}

// What makes the loop slower makes it short for longer; what a floor may not
// pass holds.
func TestReplayFollowsItsFlags(t *testing.T) {
	in := surgeCSV(6)
	base := replayJSON(t, in, "--pod-capacity", "50", "--policies", "hpa")["hpa"]
	slow := replayJSON(t, in, "--pod-capacity", "50", "--policies", "hpa", "--start", "5m")["hpa"]
	late := replayJSON(t, in, "--pod-capacity", "50", "--policies", "hpa", "--metrics-delay", "1m")["hpa"]
	low := replayJSON(t, in, "--pod-capacity", "50", "--policies", "hpa", "--ceiling", "10")["hpa"]
	if !(slow.ShortMinutes > base.ShortMinutes && late.ShortMinutes > base.ShortMinutes && low.ShortMinutes > base.ShortMinutes && low.MaxPods == 10) {
		t.Errorf("base %+v\nslow %+v\nlate %+v\nlow %+v", base, slow, late, low)
	}
	score := replayJSON(t, in, "--pod-capacity", "50", "--policies", "hpa", "--score", "2026-03-06T00:00:00Z")["hpa"]
	if score.Minutes != 2*1440 {
		t.Errorf("%g minutes are scored", score.Minutes)
	}
	if same := replayJSON(t, in, "--pod-capacity", "50", "--policies", "hpa", "--target", "35")["hpa"]; same != base {
		t.Errorf("35 of 50 are not 70%%: %+v and %+v", same, base)
	}
	rules := writeTemp(t, "behavior.yaml", "scaleUp:\n  policies: [{type: Pods, value: 1, periodSeconds: 60}]\n")
	held := replayJSON(t, in, "--pod-capacity", "50", "--policies", "hpa", "--behavior", rules)["hpa"]
	if held.ShortMinutes <= base.ShortMinutes {
		t.Errorf("one pod a minute: %+v", held)
	}
	plain := replayJSON(t, in, "--pod-capacity", "50", "--quantile", "0.9", "--headroom", "50%")["highwater"]
	if plain.Quantile != 0.9 {
		t.Errorf("%+v", plain)
	}
}

func TestReplayOfAQuery(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		start, _ := strconv.ParseFloat(r.Form.Get("start"), 64)
		end, _ := strconv.ParseFloat(r.Form.Get("end"), 64)
		step, _ := strconv.ParseFloat(r.Form.Get("step"), 64)
		var values []string
		for at := start; at <= end; at += step {
			values = append(values, fmt.Sprintf(`[%.0f,"%d"]`, at, 100+900*(int(at)/7200%12/11)))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[%s]}]}}`, strings.Join(values, ","))
	}))
	defer srv.Close()
	out, _, err := execute(t.Context(), replayCommand(), "", "--query", "sum(rate(requests_total[5m]))", "--prometheus-url", srv.URL,
		"--span", "8d", "--step", "5m", "--pod-capacity", "50", "--policies", "hpa,oracle")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "\nThe table is of sum(rate(requests_total[5m])), scored from ") || !strings.Contains(out, "\noracle   0.0m") {
		t.Errorf("%s", out)
	}
}

func TestReplayTellsTheVerdictInWords(t *testing.T) {
	out, errOut, err := execute(t.Context(), replayCommand(), surgeCSV(8), "-", "--pod-capacity", "50", "--ceiling", "25")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"POLICY", "\nhpa ", "\nhighwater ", "\noracle ", "the quantile of ", "ceiling 25", "scored from 2026-03-06T19:10:00Z",
		"\nThat is of all days replayed, those before the scored ones included, from 2026-03-04T00:00:00Z to 2026-03-10T00:00:00Z: "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if !strings.Contains(errOut, "the ceiling is 25;") || !strings.Contains(errOut, "assumed") {
		t.Errorf("warnings: %q", errOut)
	}
}

func TestReplayDraws(t *testing.T) {
	dir := t.TempDir()
	svg := filepath.Join(dir, "web.svg")
	if _, _, err := execute(t.Context(), replayCommand(), surgeCSV(6), "-", "--pod-capacity", "50", "--plot", svg); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	out := string(text)
	d := xml.NewDecoder(strings.NewReader(out))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{">hpa<", ">highwater<", "ready pods carry", "short for"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing", want)
		}
	}
	to := filepath.Join(dir, "web.png")
	if out, _, err = execute(t.Context(), replayCommand(), surgeCSV(6), "-", "--pod-capacity", "50", "--plot", to); err != nil || !strings.Contains(out, "POLICY") {
		t.Fatal(err, out)
	}
	picture, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
}

// Each quantile by itself shows what there is to choose from: more pods, fewer
// short minutes.
func TestReplayOfAllQuantiles(t *testing.T) {
	got := replayJSON(t, surgeCSV(12), "--pod-capacity", "50", "--policies", "hpa,quantiles,highwater")
	if len(got) != 2+len(proof.QuantileLadder) {
		t.Fatalf("%d policies", len(got))
	}
	before := got["hpa"]
	for _, tau := range proof.QuantileLadder {
		p := got[proof.PolicyAt(tau)]
		if p.Minutes != before.Minutes || p.PodHours < before.PodHours*0.999 || p.ShortMinutes > before.ShortMinutes+2 {
			t.Errorf("%s: %+v, after %+v", p.Policy, p, before)
		}
		before = p
	}
	if top := got["q0.997"]; top.FloorChanges == 0 || top.ShortMinutes >= got["hpa"].ShortMinutes/2 || top.PodHours <= got["q0.3"].PodHours {
		t.Errorf("the highest quantile: %+v; the HPA alone: %+v", top, got["hpa"])
	}
}

// An error names the field, the value and what to do.
func TestReplaySaysWhatIsWrong(t *testing.T) {
	bad := writeTemp(t, "bad.csv", "timestamp,value\n1,2\n2,many\n")
	rules := writeTemp(t, "rules.yaml", "scaleUpwards: {}\n")
	ok := surgeCSV(6)
	for _, c := range []struct{ in, args, want string }{
		{ok, "- --pod-capacity 0", "--pod-capacity 0: make it the load"},
		{ok, "- --pod-capacity -3", "--pod-capacity -3: make it the load"},
		{ok, "-", "--pod-capacity 0"},
		{ok, "- --pod-capacity 50 --target 170%", "--target 170%: it is more than the 50 that a pod carries"},
		{ok, "- --pod-capacity 50 --target 0%", `"0%": write it as 70%`},
		{ok, "- --pod-capacity 50 --target 70", "--target 70: it is more than the 50 that a pod carries"},
		{ok, "- --pod-capacity 50 --target much", `"much": write it as 70%, or as the load`},
		{ok, "- --pod-capacity 50 --start 7h", "--start 7h: longer than 6h"},
		{ok, "- --pod-capacity 50 --start 90", "--start"},
		{ok, "- --pod-capacity 50 --lead-time 1d", "--lead-time 1d: longer than 6h"},
		{ok, "- --pod-capacity 50 --baseline 0", "--baseline 0"},
		{ok, "- --pod-capacity 50 --baseline 5 --ceiling 4", "--ceiling 4: below the baseline of 5"},
		{ok, "- --pod-capacity 50 --risk-budget 100%", "--risk-budget 100%: make it"},
		{ok, "- --pod-capacity 50 --risk-budget 0.1% --quantile 0.9", "--risk-budget finds the quantile"},
		{ok, "- --pod-capacity 50 --quantile 95", "--quantile 95: make it between 0 and 1"},
		{ok, "- --pod-capacity 50 --cost-ratio 0", "--cost-ratio 0"},
		{ok, "- --pod-capacity 50 --headroom -1%", "--headroom -1%"},
		{ok, "- --pod-capacity 50 --policies hpa,luck", `--policies "luck": none of hpa, highwater, naive, constant, oracle, and no quantile of q0.3, `},
		{ok, "- --pod-capacity 50 --policies hpa,q0.42", `--policies "q0.42": none of`},
		{ok, "- --pod-capacity 50 --policies hpa,q0.95 --quantile 0.9", "--quantile 0.9 leaves no other to try"},
		{ok, "- --pod-capacity 50 --policies hpa,hpa", `--policies "hpa": is there twice`},
		{ok, "- --pod-capacity 50 -o xml", `--output "xml": neither table nor json`},
		{ok, "- --pod-capacity 50 --score 60", "--score 60: make it a share"},
		{ok, "- --pod-capacity 50 --score later", `--score "later": neither`},
		{ok, "- --pod-capacity 50 --score 2027-01-01T00:00:00Z", "--score 2027-01-01T00:00:00Z: not within the history"},
		{ok, "- --pod-capacity 50 --sync 0s", "--sync 0s"},
		{ok, "- --pod-capacity 50 --price -1", "--price -1"},
		{ok, "- --pod-capacity 50 --policies oracle --plot a.svg", "--policies [oracle]: --plot shows hpa and highwater"},
		{ok, "- --pod-capacity 50 --behavior none.yaml", "--behavior"},
		{ok, "- --pod-capacity 50 --behavior " + rules, `rules.yaml: line 1: there is no key "scaleUpwards"; give the part below spec.behavior`},
		{ok, "- --pod-capacity 50 --query up", "give either a FILE or a --query"},
		{ok, "--pod-capacity 50", "give either a FILE or a --query"},
		{ok, "--query up --pod-capacity 50", "prometheus"},
		{ok, "- --pod-capacity 0.0001", "in the unit of the load, or raise the ceiling"},
		{surgeCSV(2), "- --pod-capacity 50", "stdin: too short: a replay needs "},
		{"", "- --pod-capacity 50", "standard input: no points; give rows of a time and a load"},
		{"1772409600,0\n1772409660,0\n", "- --pod-capacity 50", "the load is never above 0"},
		{"", "none.csv --pod-capacity 50", "none.csv"},
		{"", bad + " --pod-capacity 50", "line 3"},
	} {
		if _, _, err := execute(t.Context(), replayCommand(), c.in, strings.Fields(c.args)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("replay %s: %v; want %s", c.args, err, c.want)
		}
	}
}

func TestReplayWarnsOfAUnitThatFitsOnePod(t *testing.T) {
	_, errOut, err := execute(t.Context(), replayCommand(), surgeCSV(6), "-", "--pod-capacity", "50000")
	if err != nil || !strings.Contains(errOut, "is what a pod carries in the unit of the load?") {
		t.Errorf("%v, %q", err, errOut)
	}
}

func TestReplayStopsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("ctrl-c"))
	if _, _, err := execute(ctx, replayCommand(), surgeCSV(6), "-", "--pod-capacity", "50"); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v", err)
	}
}

func TestSharesAreReadAndShown(t *testing.T) {
	for text, want := range map[string]float64{"70%": 0.7, "0.7": 0.7, " 0.5 %": 0.005, "1": 1, "100%": 1, "-5%": -0.05} {
		var s shareValue
		if err := s.Set(text); err != nil || math.Abs(float64(s)-want) > 1e-12 {
			t.Errorf("%s is %v, %v", text, float64(s), err)
		}
	}
	for want, x := range map[string]float64{"70%": 0.7, "0.5%": 0.005, "0%": 0} {
		if s := shareValue(x); s.String() != want {
			t.Errorf("%g is shown as %s", x, s.String())
		}
	}
}
