package api

import (
	"slices"

	"github.com/highwater-dev/highwater/scheduler"
)

// A front keeps the first n of the results that it is given, in an order, without
// sorting the others. It holds 2n at the most.
type front struct {
	n     int // at least 1
	order func(a, b *scheduler.Result) int
	kept  []*scheduler.Result
	full  bool // kept[n-1] is the last of the first n so far
}

func (f *front) add(r *scheduler.Result) {
	if f.full && f.order(r, f.kept[f.n-1]) > 0 {
		return
	}
	if f.kept = append(f.kept, r); len(f.kept) >= 2*f.n {
		f.sorted()
	}
}

// sorted returns the first n, in order.
func (f *front) sorted() []*scheduler.Result {
	slices.SortFunc(f.kept, f.order)
	if len(f.kept) > f.n {
		clear(f.kept[f.n:])
		f.kept = f.kept[:f.n]
	}
	f.full = len(f.kept) == f.n
	return f.kept
}
