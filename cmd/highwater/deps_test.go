package main

import (
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/internal/house"
)

const (
	cloud  = "the SDK of a cloud has no place beside the right to change HPAs"
	paper  = "the controller draws nothing"
	engine = "the controller asks a Prometheus; the engine in this process links the SDKs of three clouds"
)

// foreign is what the controller's build must not link, and why. A package that
// ends in $ is that one only, and not what lies below it.
var foreign = map[string]string{
	"github.com/aws":              cloud,
	"github.com/Azure":            cloud,
	"github.com/AzureAD":          cloud,
	"google.golang.org/api":       cloud,
	"cloud.google.com/go":         cloud,
	"github.com/googleapis":       cloud,
	"github.com/stretchr/testify": "a library for tests",
	"testing":                     "a library for tests",
	"gonum.org/v1/plot":           paper,
	"codeberg.org/go-pdf":         paper,
	"codeberg.org/go-latex":       paper,
	"codeberg.org/go-fonts":       paper,
	"git.sr.ht/~sbinet/gg":        paper,
	"github.com/golang/freetype":  paper,
	"golang.org/x/image":          paper,
	"github.com/highwater-dev/highwater/internal/plots":   paper,
	"github.com/highwater-dev/highwater/internal/demo":    "the demo is for people",
	"github.com/highwater-dev/highwater/history/embedded": engine,
	"github.com/prometheus/prometheus/tsdb$":              engine,
	"github.com/prometheus/prometheus/promql$":            engine,
	"github.com/prometheus/prometheus/discovery":          engine,
	"github.com/prometheus/prometheus/storage/remote":     engine,
	"k8s.io/kubernetes":                                   "is no library",
	"golang.org/x/net/trace":                              "its init reaches html/template: see internal/conntrack; gRPC leaves it out with the tag grpcnotrace",
}

func TestTheControllerLinksNothingForeign(t *testing.T) {
	links, err := house.List(".", "controller", "grpcnotrace")
	if err != nil {
		t.Fatal(err)
	}
	for bad, why := range foreign {
		if way := links.Chain(func(p house.Linked) bool { return isForeign(p.ImportPath, bad) }); way != nil {
			t.Errorf("the controller's build links %s: %s. What brings it in:\n\t%s", way[len(way)-1], why, strings.Join(way, "\n\t"))
		}
	}
}

// Were a name in the list wrong, it would be missed nowhere: nearly all of it is
// in the build for people.
func TestWhatIsForeignIsKnownByItsName(t *testing.T) {
	links, err := house.List(".")
	if err != nil {
		t.Fatal(err)
	}
	for bad := range foreign {
		if bad == "k8s.io/kubernetes" {
			continue // neither build has it
		}
		if links.Chain(func(p house.Linked) bool { return isForeign(p.ImportPath, bad) }) == nil {
			t.Errorf("the full build links nothing of %s; if it is gone, take it off the list", bad)
		}
	}
}

func isForeign(pkg, bad string) bool {
	if only, ok := strings.CutSuffix(bad, "$"); ok {
		return pkg == only
	}
	return house.Within(pkg, bad)
}
