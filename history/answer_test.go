package history

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// These tests look at an answer as it is read; client_test.go and flood_test.go
// have the servers that give it.

// readAll reads an answer of at most so many bytes and says how much there was.
func readAll(most int64, r io.Reader) (int, error) {
	n, err := io.Copy(io.Discard, newAnswerBody(io.NopCloser(r), most, false, new(marks)))
	return int(n), err
}

func TestSeriesAreCountedAtAnyBoundaryOfReads(t *testing.T) {
	matrix := func(series ...string) string {
		return `{"status":"success","data":{"resultType":"matrix","result":[` + strings.Join(series, ",") + `]},"warnings":["a \"metric\":{ is gone"]}`
	}
	series := func(labels string) string { return `{"metric":{` + labels + `},"values":[[0,"1"],[60,"2.5"]]}` }
	f := func(name, text string, sets ...string) {
		t.Helper()
		for how, r := range map[string]io.Reader{
			"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
			"halves": iotest.HalfReader(strings.NewReader(text)), "data with the end": iotest.DataErrReader(strings.NewReader(text)),
		} {
			n, err := readAll(10_000, r)
			many, ok := errors.AsType[manySeriesError](err)
			switch {
			case len(sets) == 0 && (err != nil || n != len(text)):
				t.Errorf("%s (%s): %d of %d bytes, %v", name, how, n, len(text), err)
			case len(sets) > 0 && (!ok || strings.Join(many.sets, " ") != strings.Join(sets, " ")):
				t.Errorf("%s (%s): %v with %q, want %q", name, how, err, many.sets, sets)
			}
		}
	}
	f("none", matrix())
	f("one", matrix(series(`"app":"web"`)))
	f("without labels", matrix(series("")))
	f("a label with the sequence in its value", matrix(series(`"app":"\"metric\":{","x":"\\","y":"}\"metric\":{"`)))
	f("a label with the sequence in its name", matrix(series(`"\"metric\":{":"a","metric":"b"`)))
	f("two", matrix(series(`"app":"web"`), series(`"app":"api"`)), `{app="web"}`, `{app="api"}`)
	f("two without labels", matrix(series(""), series("")), "{}", "{}")
	f("two with odd labels", matrix(series(`"a":"}\"metric\":{\\"`), series(`"b":"{"`)), `{a="}\"metric\":{\\"}`, `{b="{"}`)
	f("spaced out", strings.NewReplacer(":", " :\n\t", "[", " [ ", "{", " {\r\n").Replace(matrix(series(`"a":"1"`), series(`"a":"2"`))), `{a="1"}`, `{a="2"}`)
	f("cut short in the second", `{"data":{"result":[{"metric":{"a":"1"},"values":[]},{"metric":{"a":"2`, `{a="1"}`, `{"a":"2`)
}

func TestReadingEndsWhereTheSecondSeriesIsKnown(t *testing.T) {
	head := `{"data":{"result":[{"metric":{"a":"1"},"values":[]},{"metric":{"a":"2"}`
	n, err := readAll(1<<40, iotest.OneByteReader(io.MultiReader(strings.NewReader(head), endless(`,"values":[[0,"1"]`))))
	if n != len(head) || !isType[manySeriesError](err) {
		t.Errorf("%d of %d bytes, %v", n, len(head), err)
	}
	n, err = readAll(1<<40, io.MultiReader(strings.NewReader(head[:len(head)-2]), endless("é")))
	if most := len(head) + labelBytes + 64<<10; n > most || !isType[manySeriesError](err) { // io.Copy reads 32 KiB at a time
		t.Errorf("endless labels: %d bytes, want at most %d, %v", n, most, err)
	}
	n, err = readAll(1000, io.MultiReader(strings.NewReader(head[:30]), endless("1")))
	if n != 1001 || !isType[tooManyBytesError](err) {
		t.Errorf("endless labels of the first: %d bytes, %v", n, err)
	}
	n, err = readAll(1000, endless(`[0,"1"],`))
	if n != 1001 || !isType[tooManyBytesError](err) {
		t.Errorf("endless points: %d bytes, %v", n, err)
	}
}

// endless repeats a text.
func endless(text string) io.Reader { return repeated(text) }

type repeated string

func (r repeated) Read(p []byte) (int, error) {
	n := 0
	for n+len(r) <= len(p) {
		n += copy(p[n:], r)
	}
	if n == 0 {
		n = copy(p, r)
	}
	return n, nil
}

func TestAnswerIsAsLongAsItsPointsNeed(t *testing.T) {
	f := func(n, most, want int64) {
		t.Helper()
		if got := answerBytes(n, most); got != want {
			t.Errorf("%d points, at most %d bytes: %d, want %d", n, most, got, want)
		}
	}
	f(1, 64<<20, 65_600)
	f(10_000, 64<<20, 705_536)
	f(10_000, 1000, 1000)
	f(1<<62, 64<<20, 64<<20)
}

func TestClippedTextIsWholeRunes(t *testing.T) {
	long := strings.Repeat("aé→😀", 100)
	for n := range 40 {
		got := clip(long, n)
		if !utf8.ValidString(got) || len(got) > max(n, len("…")) || !strings.HasSuffix(got, "…") {
			t.Errorf("to %d bytes: %q", n, got)
		}
	}
	if got := clip("short", 5); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestMessagesAreShortWhateverIsAsked(t *testing.T) {
	long := strings.Repeat("é", 100_000)
	for _, e := range []*Error{
		manySeries(long, []string{long, long, long, long}),
		{Kind: BadQuery, Query: long, Err: errHistograms},
	} {
		if got := e.Error(); len(got) > 1500 || !utf8.ValidString(got) {
			t.Errorf("%s: %d bytes", e.Kind, len(got))
		}
	}
}
