package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/highwater-dev/highwater/api"
)

// suggest adds to err, which is about a workload, names like one that is not known.
func (c *Client) suggest(ctx context.Context, namespace, name string, err error) error {
	if r, ok := errors.AsType[*Refusal](err); !ok || r.Status != http.StatusNotFound {
		return err
	}
	var all []string
	for {
		page, e := get[api.List](ctx, c, "workloads?limit=1000&offset="+strconv.Itoa(len(all)))
		if e != nil {
			return err // the first says more
		}
		for _, w := range page.Items {
			all = append(all, w.Namespace+"/"+w.Name)
		}
		if len(page.Items) == 0 || len(all) >= page.Total {
			break
		}
	}
	want := namespace + "/" + name
	switch {
	case len(all) == 0:
		return fmt.Errorf("%w; it knows no autoscaler at all", err)
	case slices.Contains(all, want):
		return fmt.Errorf("%w; it knows %s, so it is a Highwater of another version", err, want)
	}
	if like := nearest(want, all); len(like) > 0 {
		return fmt.Errorf("no autoscaler %s is known; did you mean %s?", want, strings.Join(like, ", "))
	}
	return fmt.Errorf("no autoscaler %s is known among the %d that are; give the name of the autoscaler, not of what it scales", want, len(all))
}

// nearest returns up to three names that differ from want by few letters, or
// contain what it has after the slash.
func nearest(want string, names []string) []string {
	type near struct {
		name string
		far  int
	}
	var list []near
	_, short, _ := strings.Cut(want, "/")
	for _, n := range names {
		_, own, _ := strings.Cut(n, "/")
		d := distance(want, n)
		if own == short {
			d = min(d, 1) // another namespace
		}
		if d <= max(2, len(want)/4) || strings.Contains(own, short) {
			list = append(list, near{n, d})
		}
	}
	slices.SortFunc(list, func(a, b near) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.name, b.name)) })
	var out []string
	for _, n := range list[:min(3, len(list))] {
		out = append(out, n.name)
	}
	return out
}

// distance is Levenshtein's: how many letters have to be changed, added or
// left out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
