package calendar

import (
	"bytes"
	"fmt"
	"io"
	"regexp"

	"sigs.k8s.io/yaml"
)

// maxFile bounds what Read reads, in bytes.
const maxFile = 1 << 20

// Read reads a Spec in YAML or JSON, with the keys of a FloorPolicy's
// spec.calendar. A key that is not known is an error, and so is all that Check
// finds. Nothing at all is the zero Spec.
func Read(r io.Reader) (Spec, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Spec{}, err
	}
	if len(data) > maxFile {
		return Spec{}, fmt.Errorf("more than %d bytes", maxFile)
	}
	var s Spec
	if err := yaml.UnmarshalStrict(data, &s); err != nil {
		return Spec{}, located(err, data)
	}
	return s, s.Check()
}

var unknownKey = regexp.MustCompile(`unknown field "([^"]+)"`)

// located adds to an error over an unknown key the line that it stands in, if
// there is just one such. The decoder has lost it: it reads JSON made of YAML.
func located(err error, data []byte) error {
	m := unknownKey.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	key := regexp.MustCompile(`(^|[\s{,"-])` + regexp.QuoteMeta(m[1]) + `"?\s*:`)
	at := 0
	for i, line := range bytes.Split(data, []byte("\n")) {
		switch {
		case !key.Match(line):
		case at > 0:
			return err
		default:
			at = i + 1
		}
	}
	if at == 0 {
		return err
	}
	return fmt.Errorf("line %d: %w", at, err)
}
