package house

import (
	"strings"
	"testing"
)

func TestAChainIsTheShortestWayByImports(t *testing.T) {
	links := Links{
		{ImportPath: "aws"},
		{ImportPath: "vendor/net/idna"},
		{ImportPath: "far", Imports: []string{"aws"}},
		{ImportPath: "near", Imports: []string{"far", "aws", "net/idna", "unsafe"}, ImportMap: map[string]string{"net/idna": "vendor/net/idna"}},
		{ImportPath: "cmd", Imports: []string{"far2", "near"}},
	}
	f := func(to, want string) {
		t.Helper()
		got := strings.Join(links.Chain(func(p Linked) bool { return Within(p.ImportPath, to) }), " ")
		if got != want {
			t.Errorf("the chain to %s is %q, want %q", to, got, want)
		}
	}
	f("aws", "cmd near aws")
	f("cmd", "cmd")
	f("vendor/net", "cmd near vendor/net/idna")
	f("azure", "")
	f("aw", "")
}
