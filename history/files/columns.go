package files

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// readTable reads the loads of a table.
func readTable(text string, o Options) (File, error) { //nolint:gocyclo // the steps of reading a table, one after the other
	t, err := rowsOf(text)
	if err != nil || len(t.rows) == 0 {
		return File{}, err
	}
	timeField := t.parts()
	if len(t.rows) == 0 {
		return File{}, nil
	}
	if timeField != 0 {
		t.notes = append(t.notes, fmt.Sprintf("the time is in column %d, %q", timeField+1, t.name(timeField)))
	}
	t.joinTimeOfDay(timeField)
	values, labels, err := t.loads(timeField)
	if err != nil {
		return File{}, err
	}
	times, err := t.times(timeField, o.Zone)
	if err != nil {
		return File{}, err
	}
	groups, groupNames := t.groups(times, values, labels)
	names := t.names(values)
	if groups != nil {
		names = groupNames
	} else if len(labels) > 0 {
		left := make([]string, len(labels))
		for i, l := range labels {
			left[i] = t.name(l)
		}
		t.notes = append(t.notes, fmt.Sprintf("left out, since it holds no numbers: %s", list(left)))
	}
	only := -1
	if o.Column != "" {
		numbers := make([]int, len(names))
		for i := range numbers {
			numbers[i] = i + 1
			if groups == nil {
				numbers[i] = values[i] + 1
			}
		}
		if only, err = pick(names, numbers, o.Column); err != nil {
			return File{}, err
		}
	}
	f := File{}
	if groups != nil {
		points, err := t.points(times, values[0], false)
		if err != nil {
			return f, err
		}
		f.Loads = make([]Load, len(names))
		for i, p := range points {
			l := &f.Loads[groups[i]]
			l.Name = names[groups[i]]
			l.Points = append(l.Points, p)
		}
		if only >= 0 {
			f.Loads = f.Loads[only : only+1]
		}
	} else {
		for i, v := range values {
			if only >= 0 && i != only {
				continue
			}
			points, err := t.points(times, v, len(values) > 1)
			if err != nil {
				return File{}, err
			}
			f.Loads = append(f.Loads, Load{Name: names[i], Points: points})
		}
	}
	if len(f.Loads) == 1 && only < 0 && t.header == nil {
		f.Loads[0].Name = ""
	}
	f.Notes = t.notes
	return f, nil
}

// joinTimeOfDay makes one time of a date and the time of day in the next column.
func (t *table) joinTimeOfDay(timeField int) {
	field := timeField + 1
	for _, row := range t.rows {
		s := strings.TrimSpace(cell(row, field))
		if _, err := time.Parse("15:04:05", s); err != nil {
			if _, err = time.Parse("15:04", s); err != nil {
				return
			}
		}
		if len(strings.TrimSpace(row[timeField])) > len("02/01/2006") {
			return
		}
	}
	for _, row := range t.rows {
		row[timeField] = strings.TrimSpace(row[timeField]) + " " + strings.TrimSpace(row[field])
	}
	t.joined = field
	t.notes = append(t.notes, fmt.Sprintf("times are of the columns %q and %q", t.name(timeField), t.name(field)))
}

// loads parts the columns beside the time into values and labels. A column
// without a known value is neither, unless there is no other.
func (t *table) loads(timeField int) (values, labels []int, err error) {
	width := len(t.header)
	for _, row := range t.rows {
		width = max(width, len(row))
	}
	if width < 2 {
		return nil, nil, t.at(0, 0, errors.New("one field, want a time and a value"))
	}
	var blank []int
	for field := range width {
		if field == timeField || field == t.joined && field > 0 {
			continue
		}
		numbers, words := 0, 0
		for _, row := range t.rows {
			if s := cell(row, field); isNumber(s) && !isGap(s) {
				numbers++
			} else if !isGap(s) {
				words++
			}
		}
		switch {
		case numbers > 0:
			values = append(values, field)
		case words > 0:
			labels = append(labels, field)
		default:
			blank = append(blank, field)
		}
	}
	switch {
	case len(values) > 0:
		for _, field := range blank {
			if cell(t.header, field) != "" {
				t.notes = append(t.notes, fmt.Sprintf("left out, since it holds no value: %q", t.name(field)))
			}
		}
	case len(blank) > 0:
		values = blank[:1]
	default:
		return nil, nil, t.at(0, labels[0], fmt.Errorf("value %q is not a number", strings.TrimSpace(cell(t.rows[0], labels[0]))))
	}
	return values, labels, nil
}

func (t *table) names(fields []int) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = t.name(f)
	}
	distinctNames(names)
	return names
}

// times reads the column of the times.
func (t *table) times(field int, zone *time.Location) ([]time.Time, error) {
	cells := t.column(field)
	c, err := clockOf(cells, zone)
	if err != nil {
		return nil, err
	}
	times := make([]time.Time, len(cells))
	for i, s := range cells {
		if times[i], err = c.read(s); err != nil {
			return nil, t.at(i, field, err)
		}
	}
	t.notes = append(t.notes, c.notes(zone != nil)...)
	return times, nil
}

// points reads a column of values. Of several columns, what a row lacks is left
// out: each series has times of its own.
func (t *table) points(times []time.Time, field int, several bool) ([]forecast.Point, error) { //nolint:gocyclo // each cell is a number, a gap or a mistake; the cases stand one below the other
	cells := t.column(field)
	about := func(err error) error {
		if several {
			return fmt.Errorf("column %q: %w", t.name(field), err)
		}
		return err
	}
	n, err := notationOf(cells, t.separator)
	if err != nil {
		return nil, about(err)
	}
	units, bare := map[string]int{}, ""
	for _, s := range cells {
		w, ok := split(s)
		if ok && w.unit != "" {
			units[w.unit]++
		} else if ok && bare == "" && strings.Trim(w.body, "0.,") != "" {
			bare = strings.TrimSpace(s)
		}
	}
	sc, err := scaleOf(units, bare)
	if err != nil {
		return nil, about(err)
	}
	points := make([]forecast.Point, 0, len(cells))
	for i, s := range cells {
		v, known := math.NaN(), !isGap(s)
		if w, ok := split(s); ok {
			if v, ok = n.value(w); !ok {
				return nil, t.at(i, field, fmt.Errorf("value %q is not a number", strings.TrimSpace(s)))
			}
			v *= sc.factors[w.unit]
		} else if x, ok := notFinite(s); ok {
			v = x
		} else if known {
			return nil, t.at(i, field, fmt.Errorf("value %q is not a number", strings.TrimSpace(s)))
		}
		if known || !several {
			points = append(points, forecast.Point{Time: times[i], Value: v})
		}
	}
	for _, note := range []string{n.note, sc.note} {
		if note != "" && several {
			note = strconv.Quote(t.name(field)) + ": " + note
		}
		if note != "" && !slices.Contains(t.notes, note) {
			t.notes = append(t.notes, note)
		}
	}
	return points, nil
}

// groups reads a table with a row for each series and time: it returns which
// series each row belongs to, by the labels that tell the rows of one time apart,
// and the names of the series. It returns nil if the table is none.
func (t *table) groups(times []time.Time, values, labels []int) (of []int, names []string) {
	if len(values) != 1 || len(labels) == 0 {
		return nil, nil
	}
	seen := make(map[time.Time]bool, len(times))
	for _, x := range times {
		seen[x] = true
	}
	if len(seen) == len(times) {
		return nil, nil
	}
	labels = slices.DeleteFunc(slices.Clone(labels), func(l int) bool {
		return !slices.ContainsFunc(t.rows, func(row []string) bool { return cell(row, l) != cell(t.rows[0], l) })
	})
	if len(labels) == 0 {
		return nil, nil
	}
	index := map[string]int{}
	of = make([]int, len(t.rows))
	for i, row := range t.rows {
		parts := make([]string, len(labels))
		for k, l := range labels {
			parts[k] = strings.TrimSpace(cell(row, l))
		}
		name := strings.Join(parts, ", ")
		k, ok := index[name]
		if !ok {
			k = len(names)
			index[name] = k
			names = append(names, name)
		}
		of[i] = k
	}
	return of, names
}
