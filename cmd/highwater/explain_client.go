package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/internal/config"
)

// An apiClient asks a running Highwater.
type apiClient struct {
	base string // with the slash
	http http.Client
}

const (
	apiPatience = 15 * time.Second
	maxAnswer   = 64 << 20
)

// newAPIClient returns a client of the Highwater at a URL, or at a port of this
// machine.
func newAPIClient(at string) (*apiClient, error) {
	if port, err := strconv.ParseUint(at, 10, 16); err == nil && port > 0 {
		at = fmt.Sprintf("http://127.0.0.1:%d/", port)
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("--url %q: give a port, or the address of the page, as http://127.0.0.1:8080/", at)
	}
	u.RawQuery, u.Fragment = "", ""
	return &apiClient{base: strings.TrimSuffix(u.String(), "/") + "/", http: http.Client{Timeout: apiPatience}}, nil
}

func workloadPath(ns, name string) string {
	return "workloads/" + url.PathEscape(ns) + "/" + url.PathEscape(name)
}

// A refusal is an answer that is not the one asked for.
type refusal struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s (HTTP %d)", cmp.Or(r.Detail, r.Title), r.Status)
}

// get reads what lies below api/v1/.
func (c *apiClient) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"api/v1/"+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "highwater-explain/"+strings.ReplaceAll(version(), " ", "-"))
	resp, err := c.http.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address is said once
		}
		return fmt.Errorf("no Highwater answers at %s: %w; is it running? In a cluster, `kubectl -n highwater port-forward svc/highwater 8080:80` reaches it; elsewhere give --url", config.Redacted(c.base), err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", config.Redacted(c.base), err)
	}
	if resp.StatusCode != http.StatusOK {
		r := refusal{Title: http.StatusText(resp.StatusCode)}
		_ = json.Unmarshal(text, &r) // a proxy may say it in other words
		r.Status = resp.StatusCode
		return &r
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("what answers at %s is not Highwater's API, or one of another version: %w", config.Redacted(c.base), err)
	}
	return nil
}

// suggest adds names like the one that is not known.
func (c *apiClient) suggest(ctx context.Context, ns, name string, err error) error {
	if r, ok := errors.AsType[*refusal](err); !ok || r.Status != http.StatusNotFound {
		return err
	}
	var all []string
	for {
		var page api.List
		if e := c.get(ctx, "workloads?limit=1000&offset="+strconv.Itoa(len(all)), &page); e != nil {
			return err // the first says more
		}
		for _, w := range page.Items {
			all = append(all, w.Namespace+"/"+w.Name)
		}
		if len(page.Items) == 0 || len(all) >= page.Total {
			break
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("%w; it knows no autoscaler at all", err)
	}
	if like := nearest(ns+"/"+name, all); len(like) > 0 {
		return fmt.Errorf("no autoscaler %s/%s is known; did you mean %s?", ns, name, strings.Join(like, ", "))
	}
	return fmt.Errorf("no autoscaler %s/%s is known among the %d that are; `highwater explain` wants the name of the autoscaler, not of what it scales", ns, name, len(all))
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
