package inference

import (
	"slices"
	"strings"
)

// Metadata is what a server says of a model.
type Metadata struct {
	Name     string   `json:"name"`
	Versions []string `json:"versions"`
	Platform string   `json:"platform"`
	Inputs   []Tensor `json:"inputs"`
	Outputs  []Tensor `json:"outputs"`
}

// A Tensor is what a server says of an input or output of a model.
type Tensor struct {
	Name     string  `json:"name"`
	Datatype string  `json:"datatype"` // FP32, INT64, …
	Shape    []int64 `json:"shape"`    // -1 for a size that varies
}

// horizonInput is the input that is told how many steps are asked for.
const horizonInput = "horizon"

// A contract is how a model wants to be asked. The zero contract is for a model
// of which nothing is known: FP32, no column, any batch, no horizon.
type contract struct {
	double  bool // FP64, not FP32
	column  bool // [n, Length, 1], not [n, Length]
	single  bool // one history a request
	horizon int  // rank of the INT64 input "horizon": 0 if there is none, 1 for [1], 2 for [n, 1]
}

// contract returns how the model of m is to be asked, or a fault of kind
// Mismatch that says what does not fit. What m does not say is not held against
// it.
func (c Config) contract(m Metadata) (contract, error) {
	var k contract
	for _, t := range m.Inputs {
		switch t.Name {
		case c.Input:
			if err := c.input(&k, t); err != nil {
				return k, err
			}
		case horizonInput:
			if t.Datatype != "INT64" || len(t.Shape) > 2 {
				return k, faultf(Mismatch, "its input %q is %s %v; want INT64 [1] or [-1, 1]", t.Name, t.Datatype, t.Shape)
			}
			k.horizon = max(len(t.Shape), 1)
		}
	}
	if len(m.Inputs) > 0 && !has(m.Inputs, c.Input) {
		return k, faultf(Mismatch, "it has no input %q, but %s", c.Input, names(m.Inputs))
	}
	if len(m.Outputs) > 0 && !has(m.Outputs, c.Output) {
		return k, faultf(Mismatch, "it has no output %q, but %s", c.Output, names(m.Outputs))
	}
	return k, nil
}

// input lays what is said of the input into k.
func (c Config) input(k *contract, t Tensor) error {
	switch t.Datatype {
	case "FP32":
	case "FP64":
		k.double = true
	default:
		return faultf(Mismatch, "its input %q is %s; want FP32 or FP64", t.Name, t.Datatype)
	}
	s := t.Shape
	if len(s) == 0 {
		return nil
	}
	fits := func(dim int64, want ...int64) bool { return dim == -1 || slices.Contains(want, dim) }
	if len(s) < 2 || len(s) > 3 || !fits(s[0], 1) || !fits(s[1], int64(c.Length)) || len(s) == 3 && !fits(s[2], 1) {
		return faultf(Mismatch, "its input %q has the shape %v; want [-1, %d] or [-1, %d, 1], since %d samples are to be sent",
			t.Name, s, c.Length, c.Length, c.Length)
	}
	k.single, k.column = s[0] == 1, len(s) == 3
	return nil
}

func has(ts []Tensor, name string) bool {
	return slices.ContainsFunc(ts, func(t Tensor) bool { return t.Name == name })
}

func names(ts []Tensor) string {
	var b strings.Builder
	for i, t := range ts {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t.Name)
	}
	return short(b.String())
}
