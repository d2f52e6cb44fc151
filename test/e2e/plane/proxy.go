package plane

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// A Proxy stands before a server and passes on what the test lets through: for bearer tokens, tenant headers, slow and
// failing answers, and to see what was asked.
type Proxy struct {
	server *httptest.Server

	mu     sync.Mutex
	before func(http.ResponseWriter, *http.Request) (pass bool)
	seen   []*http.Request
}

// StartProxy serves until the test ends.
func StartProxy(t testing.TB, upstream string) *Proxy {
	t.Helper()
	target, err := url.Parse(upstream)
	if err != nil {
		t.Fatalf("proxy for %q: %v", upstream, err)
	}
	p := &Proxy{}
	next := httputil.NewSingleHostReverseProxy(target)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Clone(r.Context()))
		before := p.before
		p.mu.Unlock()
		if before == nil || before(w, r) {
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(p.server.Close)
	return p
}

// URL returns the address of the proxy.
func (p *Proxy) URL() string { return p.server.URL }

// Before sets what happens before a request is passed on: it may sleep, look at headers, or answer itself and return
// false. Nil passes everything.
func (p *Proxy) Before(f func(http.ResponseWriter, *http.Request) (pass bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before = f
}

// Seen returns the requests so far, without their bodies.
func (p *Proxy) Seen() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*http.Request(nil), p.seen...)
}
