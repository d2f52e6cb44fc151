package history_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/history"
)

func TestReadCSV(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		points, err := history.ReadCSV(strings.NewReader(in))
		got := ""
		for _, p := range points {
			got += fmt.Sprintf("%s=%v ", p.Time.Format("2006-01-02T15:04:05.999Z07:00"), p.Value)
		}
		if err != nil {
			got = err.Error()
		}
		if got = strings.TrimSpace(got); got != want {
			t.Errorf("%q:\n got %s\nwant %s", in, got, want)
		}
	}
	f("", "")
	f("timestamp,value\n", "")
	f("timestamp,value\n60,1\n", "1970-01-01T00:01:00Z=1")
	f("60,1", "1970-01-01T00:01:00Z=1")
	f("\xef\xbb\xbftimestamp,value\r\n60,1\r\n\r\n120,2.5e3\r\n", "1970-01-01T00:01:00Z=1 1970-01-01T00:02:00Z=2500")
	f("60.25,1,more,than\n# a comment\n 120 , 2\n", "1970-01-01T00:01:00.25Z=1 1970-01-01T00:02:00Z=2")
	f("2026-01-02T03:04:05+01:00,1\n", "2026-01-02T02:04:05Z=1")
	f("60,\n120,NaN\n180,-1\n240,+Inf\n", "1970-01-01T00:01:00Z=NaN 1970-01-01T00:02:00Z=NaN 1970-01-01T00:03:00Z=-1 1970-01-01T00:04:00Z=+Inf")
	f("120,2\n60,1\n", "1970-01-01T00:02:00Z=2 1970-01-01T00:01:00Z=1") // forecast.NewSeries sorts
	f("60,1\n120,many\n", `line 2, column 5: value "many" is not a number`)
	f("t,v\n60,1\nyesterday,1\n", `line 3, column 1: time "yesterday" is neither seconds since 1970 nor RFC 3339`)
	f("yesterday,1\n", `line 1, column 1: time "yesterday" is neither seconds since 1970 nor RFC 3339`)
	f("60,many\n", `line 1, column 4: value "many" is not a number`)
	f("60\n", "line 1, column 1: one field, want a time and a value")
	f("1700000000000,1\n", `line 1, column 1: time "1700000000000" looks like milliseconds, want seconds`)
	f("-1,1\n", `line 1, column 1: time "-1" is before 1970`)
	f("NaN,1\n", `line 1, column 1: time "NaN" is before 1970`)
	f("1e300,1\n", `line 1, column 1: time "1e300" looks like milliseconds, want seconds`)
	f("0000-01-01T00:00:00Z,1\n", `line 1, column 1: time "0000-01-01T00:00:00Z" is before 1970`)
	f("60,\"1\n", `parse error on line 1, column 7: extraneous or missing " in quoted-field`)
}

func TestCSVMayBeCompressed(t *testing.T) {
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
	if points, err := history.OpenCSV(path); err != nil || len(points) != 2 || points[1].Value != 2 {
		t.Errorf("got %v, %v", points, err)
	}
	if err := os.WriteFile(path, b.Bytes()[:b.Len()-4], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := history.OpenCSV(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("cut off: %v", err)
	}
	if _, err := history.OpenCSV(path + ".gone"); !os.IsNotExist(err) {
		t.Errorf("missing: %v", err)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"", "timestamp,value\n60,1\n", "60.5,\n", "2026-01-02T03:04:05Z,1e3,x\n", "\x1f\x8b", "\xef\xbb\xbf1,2", "1e11,0\n", "\"1\",\"2\"\n#\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		points, err := history.ReadCSV(bytes.NewReader(in))
		if err != nil && points != nil {
			t.Fatal("points and an error")
		}
		for _, p := range points {
			if p.Time.Unix() < 0 || p.Time.Year() > 9999 {
				t.Fatalf("time %s", p.Time)
			}
		}
	})
}
