package history

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// A budget bounds the bytes of the answers that are under way: each reserves
// what it can take before it is asked for. In memory they take a few times as
// much, for the official client doubles its buffer and then decodes it.
type budget struct {
	total int64
	left  *semaphore.Weighted
}

func newBudget(total int64) *budget {
	return &budget{total: total, left: semaphore.NewWeighted(total)}
}

// reserve waits until n bytes are left, or all of them where there are never so
// many, and returns what gives them back.
func (b *budget) reserve(ctx context.Context, n int64) (release func(), err error) {
	n = min(n, b.total)
	if err := b.left.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("waiting for %d of the %d bytes that answers may take together: %w", n, b.total, err)
	}
	return func() { b.left.Release(n) }, nil
}
