// Package traces bundles real workload traces with a clear licence. NOTICE.md
// names where each comes from. The demo runs on them, and so do benchmarks.
package traces

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed *.csv.gz
var files embed.FS

// A Trace is one bundled file: timestamp,value with unix seconds, gzipped.
type Trace struct {
	Name  string // of the file, without .csv.gz
	Unit  string // of the values
	About string
}

// All lists the bundled traces.
func All() []Trace {
	return []Trace{
		{"crane_cpu_01_1m", "cores", "flat base with a sharp daily spike, up to ten times as high"},
		{"crane_cpu_02_1m", "cores", "deep daily swing down to nothing at night"},
		{"crane_cpu_07_1m", "cores", "low base with irregular bursts, no season"},
		{"crane_cpu_12_1m", "cores", "weekends twice as high as weekdays"},
		{"ms_mongo_app01_rps_1m", "requests/s", "daily wave with teeth on the hour and half hour"},
		{"ms_ingress04_1m", "records/s", "daily wave with teeth and short drop-outs"},
		{"worldcup98_1m", "requests/min", "match-day crowds over a growing base"},
		{"azure_vm2019_cpu_5m", "core-percent", "smooth, daily and weekly"},
	}
}

// Open opens a bundled trace by name.
func Open(name string) (fs.File, error) {
	f, err := files.Open(name + ".csv.gz")
	if err != nil {
		return nil, fmt.Errorf("trace %q is not bundled: %w", name, err)
	}
	return f, nil
}

// Files returns the bundled traces as a file system: NAME.csv.gz each.
func Files() fs.FS { return files }
