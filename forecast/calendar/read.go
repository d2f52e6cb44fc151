package calendar

import (
	"fmt"
	"io"

	"github.com/highwater-dev/highwater/internal/strictyaml"
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
	if err := strictyaml.Unmarshal(data, &s); err != nil {
		return Spec{}, err
	}
	return s, s.Check()
}
