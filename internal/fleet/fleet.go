// Package fleet reads the workloads that a plan or advice is made for: those of a
// cluster with the loads of its Prometheus, those of a file that describes them,
// and those of files with their loads. It only reads.
package fleet

import (
	"path"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// A Fleet is what is planned, and what there is room for.
type Fleet struct {
	Workloads []planning.Workload
	Limits    planning.Limits
	From      time.Time // of the plan, unless the user says otherwise
	Notes     []string  // for the plan
	Assumed   []string  // of the files
}

// A Reader reads workloads.
type Reader struct {
	Config  *config.Config
	Version string // of highwater, which the API server is told

	// Names say which workloads of many: a name, NAMESPACE/NAME, or a pattern of
	// either; all if empty.
	Names []string
	// Begin is told how many workloads are read, and done is called after each,
	// from any goroutine.
	Begin func(of int) (done func())

	notes []string // on what the workloads were read with
}

// readers bounds the workloads that are read at once.
const readers = 8

// chosen reports whether a workload is among those that are named.
func chosen(names []string, namespace, name string) bool {
	for _, a := range names {
		as := name
		if strings.Contains(a, "/") {
			as = namespace + "/" + name
		}
		if ok, _ := path.Match(a, as); ok || a == as {
			return true
		}
	}
	return len(names) == 0
}
