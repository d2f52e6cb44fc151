package page

import "testing"

// serverLostAndFound has a server of its own, which is killed and started
// again on the same port.
func serverLostAndFound(t *testing.T, b *browser, s *server) {
	own := startServer(t, s.program, "127.0.0.1:0")
	p := b.open(t, own.url, "")
	p.expectNames(fleet...)
	p.shows("[data-testid=counts]", "Workloads\n8")
	p.forgive("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")

	own.kill(t)
	p.shows("[data-testid=stale]", "No fresh data since")
	p.shows("[data-testid=stale]", "Highwater cannot be reached")
	p.expectNames(fleet...) // what was readable stays readable
	p.picture("stale")

	again := startServer(t, s.program, own.address())
	if again.url != own.url {
		t.Fatalf("the server came back at %s, not at %s", again.url, own.url)
	}
	p.until(`!document.querySelector("[data-testid=stale]")`)
	p.expectNames(fleet...)
}
