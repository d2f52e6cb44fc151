package forecast

import "time"

// Walk appends s as Append does, and calls visit for each origin that the
// model passes on the way: with its time, and the quantiles of the load and of
// the largest loads for the first rows steps after it, as Forecast and Peaks
// would have given them then. Both are overwritten from one visit to the next. Unknown samples are no
// origins, and external models take no part.
//
// Nothing that comes later has a part in a visit, but for one thing: what is an
// outage, and so not learned from, is told with all of s known. Walking costs a small part of
// appending and asking again and again, since the season is laid over the
// samples once.
func (m *Model) Walk(s Series, rows int, taus []float64, visit func(origin time.Time, load, peaks *Paths)) error {
	before, keep := m.Origin(), m.keep
	m.keep += s.Len() // nothing is trimmed while it is walked over
	err := m.Append(s)
	m.keep = keep
	if err != nil {
		return err
	}
	first := int(before.Sub(m.start)/m.step) + 1
	if first == len(m.values) {
		return nil
	}
	external := m.external
	m.external = nil
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	l := m.learned
	m.layOut(w, &l, first)
	w.layWindowRise(&l, m.window)
	rows = max(1, min(rows, m.horizon))
	var (
		load, largest Paths
		loads, peaks  = make([]row, rows), make([]row, rows)
		errs, most    = m.loadErrors(taus), m.peakErrors(taus)
	)
	for t := first; t < len(m.values); t++ {
		if m.values[t] == m.values[t] {
			m.lookFrom(w, t, loads, peaks)
			m.write(&load, taus, w.time(t), loads, errs)
			visit(w.time(t), &load, m.writePeaks(&largest, &load, peaks, most))
		}
	}
	m.external = external
	m.look(w)
	m.trim(m.keep)
	return nil
}
