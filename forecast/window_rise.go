package forecast

// layWindowRise lays out by how much the load usually rises from a time to its
// largest within the window that begins there: for the anchors of days and
// weeks, mixed as the forecast mixes them, and for the short period.
func (w *workspace) layWindowRise(l *learned, window int) {
	var parts [bases]float64
	for _, share := range l.share {
		for k, s := range share {
			if e := &l.experts[k]; e.wide && w.seasonal() {
				parts[baseDays] += s / float64(len(l.share))
			} else {
				parts[e.anchor] += s / float64(len(l.share))
			}
		}
	}
	l.periodShare = parts[basePeriod]
	l.seasonalShare = 1 - parts[baseRecent] - parts[basePeriod]
	all := w.n + w.reach
	w.seasonalRise, w.periodRise = resize(w.seasonalRise, all), resize(w.periodRise, all)
	clear(w.seasonalRise)
	from := max(0, w.since-w.period)
	if l.seasonalShare > 0 {
		for k, share := range parts[:baseRecent] {
			if share == 0 {
				continue
			}
			for i := from; i < all; i++ {
				w.seasonalRise[i] += share / l.seasonalShare * w.lin.base[k][i]
			}
		}
		w.riseWithin(w.seasonalRise[from:], window)
	}
	if l.periodShare > 0 {
		copy(w.periodRise, w.lin.base[basePeriod][:all])
		w.riseWithin(w.periodRise[from:], window)
	}
}

// windowRise returns what layWindowRise laid out for the window from h steps after t on.
func (w *workspace) windowRise(l *learned, t, h int) float64 {
	rise := 0.0
	if l.seasonalShare > 0 {
		rise += l.seasonalShare * or0(w.seasonalRise[w.seen(t, h)])
	}
	if l.periodShare > 0 {
		i := t + 1 + (h-1)%w.period
		if i -= w.period; i >= 0 { // a period back, so that the window's end does not lie ahead
			rise += l.periodShare * or0(w.periodRise[i])
		}
	}
	return rise
}

// riseWithin replaces xs[i] by max(xs[i : i+window+1]) − xs[i], in O(n) with a
// queue of candidates that descends. Unknown values stay so.
func (w *workspace) riseWithin(xs []float64, window int) {
	queue, head := w.queue[:0], 0
	for i := len(xs) - 1; i >= 0; i-- { // from the back: a window is i and what was seen last
		x := xs[i]
		if x != x {
			continue
		}
		for len(queue) > head && queue[len(queue)-1].x <= x {
			queue = queue[:len(queue)-1]
		}
		queue = append(queue, place{i, x})
		for queue[head].i > i+window {
			head++
		}
		xs[i] = queue[head].x - x
	}
	w.queue = queue
}

type place struct {
	i int
	x float64
}
