package api

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// Conditional is the part of a request that says which answer the client has. It
// is exported because huma sets the fields of embedded structs only then.
type Conditional struct {
	IfNoneMatch []string `header:"If-None-Match" doc:"The ETag of an earlier answer: if it still holds, the answer is 304 without a body"`
}

// A tagged is an answer that a client may keep, and ask about by its tag.
type tagged[T any] struct {
	ETag         string `header:"ETag" doc:"Stands for the decisions that the answer was made from; another one after the next"`
	CacheControl string `header:"Cache-Control" doc:"no-cache: an answer may be kept, and is to be asked about each time"`
	Vary         string `header:"Vary"`
	Body         T
}

const (
	cacheControl = "private, no-cache"
	vary         = "Accept-Encoding"
)

// taggedBy returns an answer with its tag.
func taggedBy[T any](tag string, body T) *tagged[T] {
	return &tagged[T]{ETag: tag, CacheControl: cacheControl, Vary: vary, Body: body}
}

// tag returns the entity tag of what was made from the given revisions, for one
// address and this process. It is a weak one: answers under one tag are of the
// same decisions, but may differ in their compression, in the time at which
// they were given, and by a sample that came after the decision.
//
// A tag is right under concurrent ticks if its revisions were read no later than
// what the answer is made from: then an answer is at most newer than its tag, and
// the next request has it made anew.
func (h *handlers) tag(revisions ...any) string {
	sum := fnv.New64a()
	_, _ = fmt.Fprintln(sum, revisions...) // a hash takes everything
	return fmt.Sprintf(`W/"%s-%x"`, h.process, sum.Sum64())
}

// has reports whether the client has the answer with a tag.
func (c *Conditional) has(tag string) bool {
	for _, t := range c.IfNoneMatch {
		t = strings.TrimSpace(t)
		if t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// notModified says that the client has the answer with a tag.
func notModified(tag string) error {
	return huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{
		"Etag": {tag}, "Cache-Control": {cacheControl}, "Vary": {vary},
	})
}

// withoutType leaves the content type of an error out of a 304, which has no
// content: a cache may take it for that of what it keeps.
func withoutType(ctx huma.Context, status string, v any) (any, error) {
	if status == "304" {
		_, w := humachi.Unwrap(ctx)
		w.Header().Del("Content-Type")
	}
	return v, nil
}
