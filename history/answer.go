package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/prometheus/common/model"
)

const (
	pointBytes   = 64       // of one point in an answer: [1700000000.123,"-1.2345678901234567e-300"], takes 45
	answerSlack  = 64 << 10 // for all else in an answer: labels, warnings
	failureBytes = 16 << 10 // of an answer that is no success; what is beyond is not read
	labelBytes   = 4 << 10  // of a label set that is kept as an example
)

// answerBytes is how long the answer of one series with n points can be. Native
// histograms do not fit, and are no load anyway.
func answerBytes(n, most int64) int64 {
	return min(answerSlack+min(n, most/pointBytes)*pointBytes, most)
}

// tooManyBytesError ends an answer that is longer than what was asked for.
type tooManyBytesError struct {
	max        int64
	histograms bool // there are native histograms in it
}

func (e tooManyBytesError) Error() string {
	return fmt.Sprintf("the answer is longer than %d bytes", e.max)
}

// manySeriesError ends an answer in which a second series has begun.
type manySeriesError struct {
	sets []string // the label sets so far
}

func (manySeriesError) Error() string { return "the answer has more than one series" }

// An answerBody reads a successful answer, and breaks off as soon as it is not
// the one series that was asked for, unless many are: the official client keeps and decodes all
// that it can read, and many servers do not know the parameter limit.
type answerBody struct {
	io.ReadCloser
	left, max int64
	many      bool // series are expected
	seen      scanner
	marks     *marks // told of seen.marks
	err       error  // that ended it
}

func newAnswerBody(body io.ReadCloser, most int64, many bool, marks *marks) *answerBody {
	return &answerBody{ReadCloser: body, left: most, max: most, many: many, marks: marks}
}

func (b *answerBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	b.left -= int64(n)
	b.seen.scan(p[:n])
	*b.marks = b.seen.marks
	switch {
	case !b.many && b.seen.series > 1 && (b.seen.inLabels == 0 || err != nil || b.left < 0):
		b.err = manySeriesError{sets: b.seen.sets()}
	case b.left < 0:
		b.err = tooManyBytesError{max: b.max, histograms: b.seen.histograms}
	default:
		return n, err
	}
	return n, b.err
}

// marks are what VictoriaMetrics alone says in its answers.
type marks struct {
	partial  bool // the answer is
	victoria bool // it is from VictoriaMetrics, which tells statistics without being asked for them
}

// A scanner counts the series of an answer while its bytes pass, in whatever
// pieces, and keeps the labels of the first two. A series is an object with the
// key "metric", whose value is an object. That sequence cannot occur within a
// string, where its quotes would be escaped, nor as a label, whose value is a
// string.
type scanner struct {
	series     int
	histograms bool // some series has native histograms
	marks

	metric, histogram, isPartial, stats key
	labels                              [2][]byte
	inLabels                            labelState
}

// A labelState is where in a label set the scanner is; zero if it is in none.
type labelState int

const (
	betweenStrings labelState = iota + 1
	inString
	afterBackslash
)

func (s *scanner) scan(p []byte) {
	for len(p) > 0 {
		if s.inLabels != 0 {
			s.label(p[0])
			p = p[1:]
			continue
		}
		if s.metric.at == 0 && s.histogram.at == 0 && s.isPartial.at == 0 && s.stats.at == 0 {
			i := bytes.IndexByte(p, '"')
			if i < 0 {
				return
			}
			p = p[i:]
		}
		if s.metric.step(p[0], `"metric"`, '{') {
			if s.series++; s.series <= len(s.labels) {
				s.labels[s.series-1] = []byte("{")
				s.inLabels = betweenStrings
			}
		}
		if s.histogram.step(p[0], `"histograms"`, '[') {
			s.histograms = true
		}
		if s.isPartial.step(p[0], `"isPartial"`, 't') {
			s.partial = true
		}
		if s.stats.step(p[0], `"stats"`, '{') {
			s.victoria = true
		}
		p = p[1:]
	}
}

// label takes the next byte of a label set: an object of strings.
func (s *scanner) label(c byte) {
	kept := &s.labels[s.series-1]
	*kept = append(*kept, c)
	switch {
	case len(*kept) == labelBytes: // the rest is passed over: no label is an object
		s.inLabels = 0
	case s.inLabels == afterBackslash:
		s.inLabels = inString
	case s.inLabels == inString && c == '\\':
		s.inLabels = afterBackslash
	case s.inLabels == inString && c == '"':
		s.inLabels = betweenStrings
	case s.inLabels == betweenStrings && c == '"':
		s.inLabels = inString
	case s.inLabels == betweenStrings && c == '}':
		s.inLabels = 0
	}
}

// sets returns the label sets that were kept, as PromQL writes them. One that
// is not whole is as it came.
func (s *scanner) sets() []string {
	var sets []string
	for _, text := range s.labels[:min(s.series, len(s.labels))] {
		var m model.Metric
		if err := json.Unmarshal(text, &m); err != nil {
			sets = append(sets, string(text))
			continue
		}
		sets = append(sets, m.String())
	}
	return sets
}

// A key looks for a quoted name, a colon and what opens the value, with or
// without white space between them.
type key struct {
	at    int // bytes of the name that were found
	colon bool
}

// step takes the next byte and reports whether it is the one that opens the value.
func (k *key) step(c byte, name string, opens byte) bool {
	switch {
	case k.at < len(name) && c == name[k.at]:
		k.at++
	case c == '"':
		*k = key{at: 1}
	case k.at < len(name):
		*k = key{}
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
	case c == ':' && !k.colon:
		k.colon = true
	default:
		found := c == opens && k.colon
		*k = key{}
		return found
	}
	return false
}
