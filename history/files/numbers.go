package files

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// gaps are what stands for a value that is not known, in lower case.
var gaps = []string{"", "null", "undefined", "na", "n/a", "#n/a", "none", "nil", "-", "no data"}

func isGap(cell string) bool {
	cell = strings.TrimSpace(cell)
	return len(cell) < 10 && slices.Contains(gaps, strings.ToLower(cell))
}

// marks are what can only part thousands: spaces and apostrophes.
const marks = " \u00a0\u202f\u2009'’"

// A cell of a number, in its parts: sign, digits with points, commas and blanks,
// exponent, and the unit after it.
type written struct {
	sign, body, exponent, unit string
}

// split takes a number apart; false if the cell does not begin with one, or goes
// on with what is no unit.
func split(cell string) (written, bool) {
	s := strings.TrimFunc(cell, unicode.IsSpace)
	var w written
	for _, sign := range []string{"-", "−", "+"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			s = rest
			if sign != "+" {
				w.sign = "-"
			}
			break
		}
	}
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789.,"+marks, r) })
	if end < 0 {
		end = len(s)
	}
	w.body = strings.TrimRight(s[:end], marks)
	if !strings.ContainsAny(w.body, "0123456789") {
		return w, false
	}
	s = s[len(w.body):]
	if len(s) > 1 && (s[0] == 'e' || s[0] == 'E') {
		rest := strings.TrimLeft(s[1:], "+-")
		n := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if n > 0 && len(s)-1-len(rest) <= 1 {
			w.exponent, s = s[:len(s)-len(rest)+n], rest[n:]
		}
	}
	w.unit = strings.TrimFunc(s, unicode.IsSpace)
	for _, r := range w.unit {
		return w, unicode.IsLetter(r) || strings.ContainsRune("%/°", r)
	}
	return w, true
}

// notFinite reads NaN and the infinities, as Prometheus writes them.
func notFinite(cell string) (float64, bool) {
	s := strings.TrimSpace(cell)
	if s == "" || strings.ContainsAny(s, "0123456789") {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// isNumber says whether a cell may be a number, with a unit or without.
func isNumber(cell string) bool {
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return true
	}
	if _, ok := notFinite(cell); ok {
		return true
	}
	_, ok := split(cell)
	return ok
}

// A notation says what points and commas of a column's numbers mean.
type notation struct {
	decimal, group string
	note           string
}

var (
	pointed = notation{decimal: ".", group: ","}
	comma   = notation{decimal: ",", group: "."}
)

// notationOf finds the notation of a column from all of its cells. A comma alone
// before three digits may be either; the separator decides, since who separates
// by semicolons does so because of decimal commas.
func notationOf(cells []string, separator rune) (notation, error) { //nolint:gocyclo // a table of notations, tried in their order
	var decimalComma, decimalPoint, grouped, unclear, short, long string
	for _, cell := range cells {
		w, ok := split(cell)
		if !ok {
			continue
		}
		b := w.body
		commas, points := strings.Count(b, ","), strings.Count(b, ".")
		last := max(strings.LastIndexByte(b, ','), strings.LastIndexByte(b, '.'))
		switch {
		case commas > 0 && points > 0 && b[last] == ',', points > 1:
			decimalComma = b
		case commas > 0 && points > 0, commas > 1:
			grouped = b
		case commas == 1 && (len(b)-last != 4 || last > 3 || last == 0 || b[0] == '0' || w.exponent != ""):
			decimalComma = b
		case commas == 1:
			unclear = b
		case points == 1 && (len(b)-last != 4 || last > 3 || last == 0 || b[0] == '0'):
			decimalPoint = b
		case points == 1:
		case len(b) <= 3:
			short = b
		default:
			long = b
		}
	}
	n := pointed
	switch {
	case decimalComma != "" && decimalPoint+grouped != "":
		return n, fmt.Errorf("values %q and %q: it is not clear what commas and points mean; write all values with a decimal point", decimalComma, cmp.Or(decimalPoint, grouped))
	case decimalComma != "":
		n, unclear = comma, decimalComma
	case grouped != "":
		n.note = fmt.Sprintf("commas part thousands, as in %q", grouped)
		return n, nil
	case decimalPoint != "" && unclear != "":
		n.note = fmt.Sprintf("commas part thousands, as in %q", unclear)
		return n, nil
	case unclear == "":
		return n, nil
	case separator == ';':
		n = comma
	case short != "" && long == "":
		n.note = fmt.Sprintf("commas part thousands, as in %q", unclear)
		return n, nil
	default:
		return n, fmt.Errorf("value %q may be %s or %s: write the values with a decimal point and without a separator of thousands",
			unclear, strings.Replace(unclear, ",", "", 1), strings.Replace(unclear, ",", ".", 1))
	}
	n.note = fmt.Sprintf("values have a decimal comma, as in %q", unclear)
	return n, nil
}

// value reads the number of a cell, without its unit.
func (n notation) value(w written) (float64, bool) {
	whole, fraction, _ := strings.Cut(w.body, n.decimal)
	if strings.Contains(fraction, n.group) || strings.Contains(fraction, n.decimal) {
		return 0, false
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(n.group+marks, r) })
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(w.sign+strings.Join(groups, "")+"."+fraction+w.exponent, 64)
	return v, err == nil || math.IsInf(v, 0)
}
