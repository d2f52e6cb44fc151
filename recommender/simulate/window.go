package simulate

// A window knows the extreme of what was put into it within a span of time:
// the largest, or with least set the smallest. Put and extreme cost O(1)
// amortized.
//
// # References
//
// The monotonic queue: entries that a newer one beats are dropped at once, so
// the oldest that remains is the extreme. D. Lemire, Streaming maximum-minimum
// filter using no more than three comparisons per element, Nordic Journal of
// Computing 13 (2006).
type window struct {
	least  bool
	span   int64   // ns
	closed bool    // an entry exactly a span old still counts
	ring   []event // length is a power of two, or zero
	head   int     // of the oldest entry
	size   int
}

// put adds n at now, which is not before what was put in last.
func (w *window) put(now int64, n int32) {
	for w.size > 0 {
		if back := w.ring[(w.head+w.size-1)&(len(w.ring)-1)].n; w.least && back < n || !w.least && back > n {
			break
		}
		w.size--
	}
	if w.size == len(w.ring) {
		w.grow()
	}
	w.ring[(w.head+w.size)&(len(w.ring)-1)] = event{now, n}
	w.size++
}

func (w *window) grow() {
	ring := make([]event, max(16, 2*len(w.ring)))
	for i := range w.size {
		ring[i] = w.ring[(w.head+i)&(len(w.ring)-1)]
	}
	w.ring, w.head = ring, 0
}

// extreme returns the extreme of n and of what is within the span before now.
func (w *window) extreme(now int64, n int32) int32 {
	for w.size > 0 {
		e := &w.ring[w.head]
		age := now - e.at
		if age < w.span || w.closed && age == w.span {
			if w.least {
				return min(n, e.n)
			}
			return max(n, e.n)
		}
		w.head = (w.head + 1) & (len(w.ring) - 1)
		w.size--
	}
	return n
}
