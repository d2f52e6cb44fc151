package api

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

func TestTheFirstOfAListAreThoseOfAllSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		list := make([]*scheduler.Result, r.IntN(200))
		for i := range list {
			list[i] = &scheduler.Result{Workload: workload.Workload{Key: workload.Key{Namespace: strconv.Itoa(r.IntN(3)), Name: strconv.Itoa(i)}}}
			list[i].Decision.Floor = int32(r.IntN(10))
		}
		in := listRequest{Sort: "floor", Order: []string{"asc", "desc"}[r.IntN(2)]}
		f := front{n: 1 + r.IntN(220), order: in.order()}
		for _, x := range list {
			f.add(x)
		}
		got := f.sorted()
		slices.SortFunc(list, func(a, b *scheduler.Result) int {
			c := cmp.Compare(a.Decision.Floor, b.Decision.Floor)
			if in.Order == "desc" {
				c = -c
			}
			return cmp.Or(c, byName(a, b))
		})
		if want := list[:min(f.n, len(list))]; !slices.Equal(got, want) {
			t.Fatalf("the first %d of %d by floor, %s, are others", f.n, len(list), in.Order)
		}
	}
}

func TestTextIsSoughtInNamespaceAndName(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ab/"[r.IntN(3)]
		}
		return string(b)
	}
	for range 5000 {
		k := workload.Key{Namespace: strings.ReplaceAll(letters(r.IntN(5)), "/", "c"), Name: strings.ReplaceAll(letters(r.IntN(5)), "/", "c")}
		if q := letters(r.IntN(5)); contains(k, q) != strings.Contains(k.String(), q) {
			t.Fatalf("%q in %q: %t", q, k, contains(k, q))
		}
	}
}

func TestWhatIsSavedIsWhatTheProofSays(t *testing.T) {
	p := mustProve(t)
	r := &scheduler.Result{Proof: proofs.State{Proof: p}}
	if want := briefOf(r.Proof, r.Workload.Price).ShortMinutesSaved; want == nil || *want != saved(r) {
		t.Errorf("sorted by %g, and told as %v", saved(r), want)
	}
	if none := saved(&scheduler.Result{}); !math.IsInf(none, -1) {
		t.Errorf("without a proof: %g", none)
	}
}

// raw is a list as it is on the wire.
type raw struct {
	Total int
	Items []map[string]any
}

func TestOnlyTheFieldsThatAreAskedForAreListed(t *testing.T) {
	srv := start(t, shop(), true)
	var all, some raw
	get(t, srv, "/api/v1/workloads", &all)
	get(t, srv, "/api/v1/workloads?fields=name,floor,price&limit=2&sort=floor&order=desc", &some)
	want := []map[string]any{{"name": "web", "floor": 5.0}, {"name": "api", "floor": 3.0}} // nobody has a price
	if some.Total != 3 || !reflect.DeepEqual(some.Items, want) {
		t.Errorf("%d in all, %v", some.Total, some.Items)
	}
	some = raw{}
	get(t, srv, "/api/v1/workloads?fields="+strings.Join(slices.Collect(maps.Keys(keysOfSummary)), ","), &some)
	if !reflect.DeepEqual(all, some) {
		t.Errorf("with all fields:\n%v\nwithout:\n%v", some, all)
	}
	var problem struct {
		Errors []struct{ Message, Location string }
	}
	resp := get(t, srv, "/api/v1/workloads?fields=name,colour", &problem)
	if resp.StatusCode != http.StatusUnprocessableEntity || len(problem.Errors) != 1 || problem.Errors[0].Location != "query.fields" || !strings.Contains(problem.Errors[0].Message, `"colour"`) {
		t.Errorf("%d, %+v", resp.StatusCode, problem)
	}
}

func TestEveryKeyOfAListCanBeAskedFor(t *testing.T) {
	text, err := json.Marshal(Summary{})
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	for k := range keys {
		if err := checkFields([]string{k}); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
}
