package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// secure sets the headers that keep the page to itself.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// live answers that the loop goes round: a process in which no tick has ended for
// a few is to be started anew.
func (h *handlers) live(w http.ResponseWriter, _ *http.Request) {
	if !h.s.Alive() {
		plain(w, http.StatusServiceUnavailable, "not alive: no tick has ended for long")
		return
	}
	plain(w, http.StatusOK, "ok")
}

// readyz answers 200 once the informers have synced and the first tick is done, and
// says how far the workloads have come.
func (h *handlers) readyz(w http.ResponseWriter, _ *http.Request) {
	var unsynced error
	if h.o.Synced != nil {
		unsynced = h.o.Synced()
	}
	c := h.s.Counts()
	counts := fmt.Sprintf("\nworkloads: %d known, %d decided, %d forecast", c.Known, c.Decided, c.Forecast)
	switch {
	case unsynced != nil:
		plain(w, http.StatusServiceUnavailable, "not ready: "+unsynced.Error()+counts)
	case !h.s.Ready():
		plain(w, http.StatusServiceUnavailable, "not ready: the first tick is not done"+counts)
	default:
		plain(w, http.StatusOK, "ok"+counts)
	}
}

func plain(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n")) // the client is gone if this fails
}

func notFound(w http.ResponseWriter, r *http.Request) {
	problem(w, huma.Error404NotFound("nothing is served at "+r.URL.Path+"; see /openapi.json"))
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	problem(w, huma.Error405MethodNotAllowed(r.Method+" is not allowed at "+r.URL.Path))
}

func problem(w http.ResponseWriter, err huma.StatusError) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(err.GetStatus())
	_ = json.NewEncoder(w).Encode(err) // the client is gone if this fails
}

// page serves the files of the web page; the page itself at the root.
func page(files fs.FS) http.HandlerFunc {
	server := http.FileServerFS(files)
	return func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		info, err := fs.Stat(files, name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
			notFound(w, r)
			return
		}
		// Assets carry the hash of their content in their name; the page does not.
		if strings.HasPrefix(name, "assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		server.ServeHTTP(w, r)
	}
}
