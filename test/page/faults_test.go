package page

import (
	"slices"
	"strings"
	"testing"
)

// tabNoticesFaults makes faults of every kind, so that a tab without any is
// known to be one that would have noticed.
func tabNoticesFaults(t *testing.T, b *browser, s *server) {
	p := b.open(t, s.url, "")
	value[bool](p, `(() => {
		console.error("a complaint")
		setTimeout(() => { throw new Error("an oversight") })
		document.body.append(Object.assign(document.createElement("script"), {text: "1"}))
		fetch("http://elsewhere.invalid/").catch(() => {})
		return true
	})()`)
	for _, want := range []string{"a complaint", "an oversight", "CSP:", "elsewhere.invalid"} {
		eventually(t, "a fault has "+want, func() bool {
			return slices.ContainsFunc(p.found(), func(f string) bool { return strings.Contains(f, want) })
		})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}
