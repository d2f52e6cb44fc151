package progress

import (
	"bytes"
	"testing"
	"time"
)

// Where standard error is no terminal, progress is a line every ten seconds and
// nothing for short work.
func TestProgressIsQuietForShortWork(t *testing.T) {
	var b bytes.Buffer
	p := NewBacktest(&b, 2)
	p.Expect(3)
	p.Origin()
	if b.Len() > 0 {
		t.Fatalf("%q", b.String())
	}
	p.next = time.Now().Add(-time.Second)
	p.File()
	p.File()
	p.Clear()
	if got := b.String(); got != "1 of 2 files done, 1 of 3 origins of those read, 0s\n" {
		t.Errorf("%q", got)
	}
}
