package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// taggedPaths are the answers that have a tag.
var taggedPaths = []string{
	"/api/v1/workloads",
	"/api/v1/workloads?fields=name,replicas&limit=1",
	"/api/v1/workloads/shop/web",
	"/api/v1/workloads/shop/web/plan?step=1h",
	"/api/v1/workloads/shop/web/forecast?step=1h",
}

// ask asks for what has not the tag; none if it is empty.
func ask(srv *httptest.Server, path, tag string) (resp *http.Response, body string, err error) {
	req, err := http.NewRequest(http.MethodGet, srv.URL+path, nil)
	if err != nil {
		return nil, "", err
	}
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	resp, err = http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func mustAsk(t *testing.T, srv *httptest.Server, path, tag string) (*http.Response, string) {
	t.Helper()
	resp, body, err := ask(srv, path, tag)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestWhatTheClientHasIsNotSentAgain(t *testing.T) {
	s := made(t, shop())
	s.Tick(t.Context())
	srv := served(t, s)
	tags := map[string]string{}
	for _, path := range taggedPaths {
		resp, body := mustAsk(t, srv, path, "")
		h, tag := resp.Header, resp.Header.Get("ETag")
		if tags[path] = tag; resp.StatusCode != http.StatusOK || body == "" || !strings.HasPrefix(tag, `W/"`) ||
			h.Get("Cache-Control") != "private, no-cache" || h.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%s: %d, %v", path, resp.StatusCode, h)
		}
		for _, has := range []string{tag, strings.TrimPrefix(tag, "W/"), `"another", ` + tag, "*"} {
			resp, body := mustAsk(t, srv, path, has)
			h := resp.Header
			if resp.StatusCode != http.StatusNotModified || body != "" || h.Get("ETag") != tag || h.Get("Vary") != "Accept-Encoding" ||
				h.Get("Cache-Control") != "private, no-cache" || h.Get("Content-Type") != "" {
				t.Errorf("%s, If-None-Match %s: %d, %q, %v", path, has, resp.StatusCode, body, h)
			}
		}
		if resp, again := mustAsk(t, srv, path, `W/"another"`); resp.StatusCode != http.StatusOK || again != body {
			t.Errorf("%s with another tag: %d", path, resp.StatusCode)
		}
	}
	other := served(t, s) // as another replica, or the same one after a restart
	s.Tick(t.Context())
	for _, path := range taggedPaths {
		for what, srv := range map[string]*httptest.Server{"after a tick": srv, "of another process": other} {
			if resp, _ := mustAsk(t, srv, path, tags[path]); resp.StatusCode != http.StatusOK || resp.Header.Get("ETag") == tags[path] {
				t.Errorf("%s %s: %d, tag %s", path, what, resp.StatusCode, resp.Header.Get("ETag"))
			}
		}
	}
	if resp, _ := mustAsk(t, srv, "/api/v1/workloads/shop/nobody", "*"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a workload that there is not: %d", resp.StatusCode)
	}
	if resp, _ := mustAsk(t, srv, "/api/v1/workloads/shop/web/plan?step=soon", "*"); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a bad parameter: %d", resp.StatusCode)
	}
}

// moving is a fleet whose replicas change.
type moving struct {
	fleet
	replicas atomic.Int32
}

func (m *moving) Workloads(context.Context) ([]workload.Workload, error) {
	list := slices.Clone(m.fleet)
	for i := range list {
		list[i].Replicas = m.replicas.Load()
	}
	return list, nil
}

func (m *moving) Workload(k workload.Key) (workload.Workload, bool) {
	w, ok := m.fleet.Workload(k)
	w.Replicas = m.replicas.Load()
	return w, ok
}

// replicasIn reads the replicas from the body of an answer that has them.
func replicasIn(body string) (int32, error) {
	var seen struct {
		Replicas int32
		Items    []struct{ Replicas int32 }
		Past     []struct{ Replicas int32 }
	}
	err := json.Unmarshal([]byte(body), &seen)
	switch {
	case len(seen.Items) > 0:
		return seen.Items[0].Replicas, err
	case len(seen.Past) > 0:
		return seen.Past[len(seen.Past)-1].Replicas, err
	}
	return seen.Replicas, err
}

func TestNotModifiedIsTrueUnderConcurrentTicks(t *testing.T) {
	const ticks = 30
	m := &moving{fleet: shop()}
	s := madeOf(t, m, m.fleet)
	s.Tick(t.Context())
	srv := served(t, s)

	var done atomic.Int32 // the replicas of the newest tick that has ended
	var wait sync.WaitGroup
	paths := taggedPaths[:4]
	tags, bodies := make([]string, len(paths)), make([]string, len(paths))
	for i, path := range paths {
		wait.Go(func() {
			for ended := false; !ended; {
				least := done.Load()
				ended = least == ticks
				resp, body, err := ask(srv, path, tags[i])
				if err != nil {
					t.Error(err)
					return
				}
				if resp.StatusCode == http.StatusOK {
					tags[i], bodies[i] = resp.Header.Get("ETag"), body
				}
				if n, err := replicasIn(bodies[i]); err != nil || n < least {
					t.Errorf("%s: %d says %d replicas, the newest tick %d: %v", path, resp.StatusCode, n, least, err)
					return
				}
			}
		})
	}
	for n := range int32(ticks) {
		m.replicas.Store(n + 1)
		s.Tick(t.Context())
		done.Store(n + 1)
	}
	wait.Wait()
	for i, path := range paths {
		resp, _ := mustAsk(t, srv, path, tags[i])
		if _, fresh := mustAsk(t, srv, path, ""); resp.StatusCode != http.StatusNotModified || fresh != bodies[i] {
			t.Errorf("%s, asked for again once nothing changes: %d\nhas %s\nnow %s", path, resp.StatusCode, bodies[i], fresh)
		}
	}
}
