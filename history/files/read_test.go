package files_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/highwater-dev/highwater/history/files"
)

// shown writes what was read in one line: each load with its points, the notes
// after a bar; or the error.
func shown(f files.File, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	for _, l := range f.Loads {
		fmt.Fprintf(&b, "%s:", l.Name)
		for _, p := range l.Points {
			fmt.Fprintf(&b, " %s=%.6g", p.Time.Format("2006-01-02T15:04:05.999Z07:00"), p.Value)
		}
		b.WriteString(" ")
	}
	if len(f.Notes) > 0 {
		b.WriteString("| " + strings.Join(f.Notes, " | "))
	}
	return strings.TrimSpace(b.String())
}

func read(in string, o files.Options) string { return shown(files.Read(strings.NewReader(in), o)) }

// check holds that in reads as want with options o.
func check(t *testing.T, o files.Options, in, want string) {
	t.Helper()
	if got := read(in, o); got != want {
		t.Errorf("%q:\n got %s\nwant %s", in, got, want)
	}
}

func TestPlainTables(t *testing.T) {
	f := func(in, want string) { t.Helper(); check(t, files.Options{}, in, want) }
	f("", "")
	f("\n\n", "")
	f("timestamp,value\n", "")
	f("timestamp,value\n60,1\n", "value: 1970-01-01T00:01:00Z=1")
	f("60,1", ": 1970-01-01T00:01:00Z=1")
	f("\xef\xbb\xbftimestamp,value\r\n60,1\r\n\r\n120,2.5e3\r\n", "value: 1970-01-01T00:01:00Z=1 1970-01-01T00:02:00Z=2500")
	f("60.25,1,more,than\n# a comment\n 120 , 2\n", `: 1970-01-01T00:01:00.25Z=1 1970-01-01T00:02:00Z=2 | left out, since it holds no numbers: "column 3", "column 4"`)
	f("2026-01-02T03:04:05+01:00,1\n", ": 2026-01-02T02:04:05Z=1")
	f("60,\n120,NaN\n180,-1\n240,+Inf\n300,1e300\n", ": 1970-01-01T00:01:00Z=NaN 1970-01-01T00:02:00Z=NaN 1970-01-01T00:03:00Z=-1 1970-01-01T00:04:00Z=+Inf 1970-01-01T00:05:00Z=1e+300")
	f("120,2\n60,1\n", ": 1970-01-01T00:02:00Z=2 1970-01-01T00:01:00Z=1") // forecast.NewSeries sorts
	f("time,value\n60,1,,\n120,2,,\n", "value: 1970-01-01T00:01:00Z=1 1970-01-01T00:02:00Z=2")
	f("60,1\n120,many\n", `error: line 2, column 5: value "many" is not a number`)
	f("t,v\n60,1\nyesterday,1\n", `error: line 3, column 1: time "yesterday" is not known: give seconds or milliseconds since 1970, RFC 3339, or 2006-01-02 15:04:05`)
	f("yesterday,1\n", `error: line 1, column 1: time "yesterday" is not known: give seconds or milliseconds since 1970, RFC 3339, or 2006-01-02 15:04:05`)
	f("60,many\n", `error: line 1, column 4: value "many" is not a number`)
	f("60\n", "error: line 1, column 1: one field, want a time and a value")
	f("-1,1\n", `error: line 1, column 1: time "-1" is before 1970`)
	f("NaN,1\n", `error: line 1, column 1: time "NaN" is before 1970`)
	f("1e300,1\n", `error: line 1, column 1: time "1e300" is after the year 5138`)
	f("0000-01-01T00:00:00Z,1\n", `error: line 1, column 1: time "0000-01-01T00:00:00Z" is before 1970`)
	f("60,\"1\n", `error: parse error on line 1, column 7: extraneous or missing " in quoted-field`)
	f("sep=,\n60,1\n60,\"1\n", `error: parse error on line 3, column 7: extraneous or missing " in quoted-field`)
	f("PK\x03\x04", "error: it is a ZIP archive or an Excel workbook: save the sheet as CSV")
	f("6\x000\x00,\x001\x00", "error: it is no text; if it is UTF-16 without a byte order mark, save it as UTF-8")
}

func TestSeparatorsAndEncodings(t *testing.T) {
	f := func(in, want string) { t.Helper(); check(t, files.Options{}, in, want) }
	const two = " 1970-01-01T00:01:00Z=1.5 1970-01-01T00:02:00Z=2"
	f("sep=,\r\n60,1.5\r\n120,2\r\n", ":"+two)
	f("sep=;\n60;1.5\n120;2\n", ":"+two+" | columns are separated by semicolons")
	f("SEP=|\n60|1.5\n120|2\n", ":"+two+" | columns are separated by bars")
	f("time\tload\n60\t1.5\n120\t2\n", "load:"+two+" | columns are separated by tabs")
	f("a\tb\tc\n60\t\t1.5\n120\t\t2\n", "c:"+two+" | columns are separated by tabs | left out, since it holds no value: \"b\"")
	f("60;1,5\n120;2\n", ":"+two+` | columns are separated by semicolons | values have a decimal comma, as in "1,5"`)
	f("60\t1,5\n120\t2\n", ":"+two+` | columns are separated by tabs | values have a decimal comma, as in "1,5"`)
	f("60,\"1,5\"\n120,2\n", ":"+two+` | values have a decimal comma, as in "1,5"`)
	f("time,\"a;b\"\n60,1.5\n120,2\n", "a;b:"+two)

	text := "time,größe\n60,1.5\n120,2\n"
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		var b bytes.Buffer
		for _, u := range utf16.Encode([]rune("\uFEFF" + text)) {
			_ = binary.Write(&b, order, u)
		}
		f(b.String(), "größe:"+two)
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b.Bytes())
		_ = w.Close()
		f(z.String(), "größe:"+two)
	}
}

func TestNotations(t *testing.T) {
	// f holds that a column of cells reads as want, separated by semicolons or bars.
	f := func(separator, cells, want string) {
		t.Helper()
		in := ""
		for i, c := range strings.Split(cells, " / ") {
			in += fmt.Sprintf("%d%s%s\n", 60*(i+1), separator, c)
		}
		got, err := files.Read(strings.NewReader(in), files.Options{})
		text := ""
		if err != nil {
			text = "error: " + err.Error()
		} else {
			for _, p := range got.Loads[0].Points {
				text += fmt.Sprintf("%.10g ", p.Value)
			}
			for _, n := range got.Notes[1:] { // the first is about the separator
				text += "| " + n
			}
		}
		if text = strings.TrimSpace(text); text != want {
			t.Errorf("%q:\n got %s\nwant %s", cells, text, want)
		}
	}
	f("|", "100.672 / 1.200", "100.672 1.2")
	f("|", "1,234.5 / 2", `1234.5 2 | commas part thousands, as in "1,234.5"`)
	f("|", "1,234,567 / 2,000", `1234567 2000 | commas part thousands, as in "1,234,567"`)
	f("|", "950 / 1,020", `950 1020 | commas part thousands, as in "1,020"`)
	f("|", "1.5 / 1,020", `1.5 1020 | commas part thousands, as in "1,020"`)
	f("|", "1,020 / 1,030", `error: value "1,030" may be 1030 or 1.030: write the values with a decimal point and without a separator of thousands`)
	f("|", "1,020 / 1030", `error: value "1,020" may be 1020 or 1.020: write the values with a decimal point and without a separator of thousands`)
	f(";", "1,020 / 1,030", `1.02 1.03 | values have a decimal comma, as in "1,030"`)
	f("|", "0,125 / 1,030", `0.125 1.03 | values have a decimal comma, as in "0,125"`)
	f("|", "1.234,5 / 2", `1234.5 2 | values have a decimal comma, as in "1.234,5"`)
	f("|", "1.234.567 / 2", `1234567 2 | values have a decimal comma, as in "1.234.567"`)
	f("|", "1,5 / 2.5", `error: values "1,5" and "2.5": it is not clear what commas and points mean; write all values with a decimal point`)
	f("|", "1 234.5 / 1\u202f234 / 1'234", "1234.5 1234 1234")
	f("|", "12 34 / 1", `error: line 1, column 4: value "12 34" is not a number`)
	f("|", "-5 / +5 / −5 / .5 / 5.", "-5 5 -5 0.5 5")
	f("|", "1E3 / 1.5e-3", "1000 0.0015")
	f("|", "1 / null / undefined / N/A / - / #N/A / No data", "1 NaN NaN NaN NaN NaN NaN")
}

func TestUnits(t *testing.T) {
	f := func(cells, want string) {
		t.Helper()
		in := "time\tload\n"
		for i, c := range strings.Split(cells, " / ") {
			in += fmt.Sprintf("%d\t%s\n", 60*(i+1), c)
		}
		got, err := files.Read(strings.NewReader(in), files.Options{})
		text := ""
		if err != nil {
			text = "error: " + err.Error()
		} else {
			for _, p := range got.Loads[0].Points {
				text += fmt.Sprintf("%.10g ", p.Value)
			}
			for _, n := range got.Notes[1:] {
				text += "| " + n
			}
		}
		if text = strings.TrimSpace(text); text != want {
			t.Errorf("%q:\n got %s\nwant %s", cells, text, want)
		}
	}
	f("12.3 req/s / 950 req/s", "12.3 950 | values are in req/s")
	f("950 req/s / 1.2K req/s", "950 1200 | values are in req/s: 1 K req/s as 1000")
	f("950 req/s / 1.2 K req/s / 1.5 Mil req/s", "950 1200 1500000 | values are in req/s: 1 K req/s as 1000, 1 Mil req/s as 1e+06")
	f("4.5 kB / 900 B / 1 MiB", "4500 900 1048576 | values are in B: 1 MiB as 1.048576e+06, 1 kB as 1000")
	f("70% / 65.5%", "70 65.5 | values are in %: 70% is read as 70")
	f("950 / 1.2 K / 3 Mil / 1 Bil", "950 1200 3000000 1000000000 | values are read with their prefix: 1 Bil as 1e+09, 1 K as 1000, 1 Mil as 1e+06")
	f("500m / 2", "0.5 2 | values are read with their prefix: 1 m as 0.001")
	f("0 / 5 req/s", "0 5 | values are in req/s")
	f("250 ms / 1.5 s / 2 mins", "0.25 1.5 120 | values are in s: 1 mins as 60, 1 ms as 0.001")
	f("1 kreq/s / 20 req/s", "1000 20 | values are in req/s: 1 kreq/s as 1000")
	f("3 / 5 req/s", `error: value "3" has no unit, others are in "req/s": export the values without a unit`)
	f("3 kB / 5 req/s", `error: units "kB" and "req/s" are in one column: export the values without a unit`)
}

func TestSeveralColumns(t *testing.T) {
	const in = "timestamp,web,api,zone\n60,1,2,a\n120,3,4,a\n"
	f := func(column, want string) { t.Helper(); check(t, files.Options{Column: column}, in, want) }
	left := ` | left out, since it holds no numbers: "zone"`
	f("", "web: 1970-01-01T00:01:00Z=1 1970-01-01T00:02:00Z=3 api: 1970-01-01T00:01:00Z=2 1970-01-01T00:02:00Z=4"+left)
	f("api", "api: 1970-01-01T00:01:00Z=2 1970-01-01T00:02:00Z=4"+left)
	f("API", "api: 1970-01-01T00:01:00Z=2 1970-01-01T00:02:00Z=4"+left)
	f("3", "api: 1970-01-01T00:01:00Z=2 1970-01-01T00:02:00Z=4"+left)
	f("zone", `error: --column "zone": the loads are "web", "api"`)
	check(t, files.Options{}, "60,1,2\n", "column 2: 1970-01-01T00:01:00Z=1 column 3: 1970-01-01T00:01:00Z=2")
	check(t, files.Options{}, "t,a,a\n60,1,2\n", "a: 1970-01-01T00:01:00Z=1 a #2: 1970-01-01T00:01:00Z=2")
	check(t, files.Options{}, "time,200,500\n60,1,\n120,,2\n", "200: 1970-01-01T00:01:00Z=1 500: 1970-01-01T00:02:00Z=2")
	// A bad column is no obstacle to another that is asked for.
	check(t, files.Options{Column: "a"}, "t,a,b\n60,1,2\n120,3,bad\n", "a: 1970-01-01T00:01:00Z=1 1970-01-01T00:02:00Z=3")
	check(t, files.Options{}, "t,a,b\n60,1,2\n120,3,bad\n", `error: line 3, column 7: value "bad" is not a number`)
	// One row for each series and time, as Grafana's long form has it.
	const long = "Series;Time;Value\nweb;2026-03-02T00:00:00Z;1\napi;2026-03-02T00:00:00Z;2\nweb;2026-03-02T00:05:00Z;3\napi;2026-03-02T00:05:00Z;4\n"
	notes := ` | columns are separated by semicolons | the time is in column 2, "Time"`
	check(t, files.Options{}, long, "web: 2026-03-02T00:00:00Z=1 2026-03-02T00:05:00Z=3 api: 2026-03-02T00:00:00Z=2 2026-03-02T00:05:00Z=4"+notes)
	check(t, files.Options{Column: "api"}, long, "api: 2026-03-02T00:00:00Z=2 2026-03-02T00:05:00Z=4"+notes)
}

func TestOneListsTheLoads(t *testing.T) {
	f, err := files.Read(strings.NewReader("timestamp,web,api\n60,1,2\n"), files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.One(); err == nil || err.Error() != `it holds 2 loads, "web", "api": pick one with --column` {
		t.Errorf("got %v", err)
	}
	if l, err := (files.File{}).One(); err != nil || len(l.Points) != 0 {
		t.Errorf("no row: %v, %v", l, err)
	}
}

func TestPanels(t *testing.T) {
	for name, want := range map[string]string{
		"excel": "[sum(rate(http_requests_total[5m])) 38] [times have no zone: taken as UTC; say with --time-zone if they are others]",
		"ms":    "[web 39] [times are in milliseconds since 1970]", "null": "[value 39] []", "twoseries": "[web 39 api 39] []",
	} {
		f, err := files.Open("testdata/panel_"+name+".head.csv", files.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var loads []string
		for _, l := range f.Loads {
			loads = append(loads, fmt.Sprintf("%s %d", l.Name, len(l.Points)))
			if p := l.Points[len(l.Points)-1]; p.Time.Day() != 2 || p.Time.Hour() != 3 || !(p.Value > 200) {
				t.Errorf("%s: the last is %v", name, p)
			}
		}
		if got := fmt.Sprintf("%s %s", loads, f.Notes); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestFilesMayBeCompressed(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, "timestamp,value\n60,1\n120,2\n")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trace.csv") // by its content, not its name
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := files.Open(path, files.Options{}); err != nil || len(f.Loads[0].Points) != 2 || f.Loads[0].Points[1].Value != 2 {
		t.Errorf("got %v, %v", f, err)
	}
	if err := os.WriteFile(path, b.Bytes()[:b.Len()-4], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Open(path, files.Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("cut off: %v", err)
	}
	if _, err := files.Open(path+".gone", files.Options{}); !os.IsNotExist(err) {
		t.Errorf("missing: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"", "timestamp,value\n60,1\n", "60.5,\n", "2026-01-02T03:04:05Z,1e3,x\n", "\x1f\x8b", "\xef\xbb\xbf1,2", "1e11,0\n", "\"1\",\"2\"\n#\n",
		"sep=;\n60;1,5\n", "sep=\n", "\xff\xfe6\x00", "a\tb\n1 000\t4.5 kB\n", "Series;Time;Value\nweb;60;1\nweb;60;2\n", "3/14/2026 1:02 PM,1'000\n",
		"46083.5,1\n46083.6,2\n", `{"data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"2"]]}]}}`, `[{"values":[[]]}]`, "[null]", "{}", "1,E5\n1,5E\n",
	} {
		f.Add([]byte(s), "")
	}
	f.Fuzz(func(t *testing.T, in []byte, column string) {
		for _, o := range []files.Options{{}, {Column: column, Rate: true, Zone: time.FixedZone("x", 3600)}} {
			got, err := files.Read(bytes.NewReader(in), o)
			if err != nil && (got.Loads != nil || got.Notes != nil) {
				t.Fatal("loads and an error")
			}
			_, _ = got.One()
			for _, l := range got.Loads {
				for _, p := range l.Points {
					if p.Time.Unix() < 0 || p.Time.Year() > 9999 {
						t.Fatalf("time %s", p.Time)
					}
					if o.Rate && !(p.Value >= 0 && !math.IsInf(p.Value, 0)) {
						t.Fatalf("rate %v", p.Value)
					}
				}
			}
		}
	})
}

// Published traces have a label beside each value; the load is the value.
func TestPointsOfATraceWithLabels(t *testing.T) {
	points, err := files.Points(strings.NewReader("timestamp,value,label\n1491041280,199.34,0\n1491041340,199.73,1\n"))
	if err != nil || len(points) != 2 || points[1].Value != 199.73 {
		t.Errorf("%v, %v", points, err)
	}
}
