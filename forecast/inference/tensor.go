package inference

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"

	"github.com/highwater-dev/highwater/forecast"
)

// inferRequest is the body of a request for inference.
type inferRequest struct {
	Inputs  []inputTensor  `json:"inputs"`
	Outputs []outputTensor `json:"outputs"`
}

type inputTensor struct {
	Name     string  `json:"name"`
	Shape    []int64 `json:"shape"`
	Datatype string  `json:"datatype"`
	Data     any     `json:"data"` // []float32, []float64 or []int64, the last dimension first
}

type outputTensor struct {
	Name string `json:"name"`
}

// encode returns the request for the steps after each window.
func (c Config) encode(k contract, windows [][]float64, steps int) ([]byte, error) {
	n := int64(len(windows))
	history := inputTensor{Name: c.Input, Shape: []int64{n, int64(c.Length)}, Datatype: "FP32"}
	if k.column {
		history.Shape = append(history.Shape, 1)
	}
	if k.double {
		data := make([]float64, 0, len(windows)*c.Length)
		for _, w := range windows {
			data = append(data, w...)
		}
		history.Datatype, history.Data = "FP64", data
	} else {
		data := make([]float32, 0, len(windows)*c.Length)
		for _, w := range windows {
			for _, v := range w {
				data = append(data, float32(v))
			}
		}
		history.Data = data
	}
	req := inferRequest{Inputs: []inputTensor{history}, Outputs: []outputTensor{{c.Output}}}
	switch k.horizon {
	case 1:
		req.Inputs = append(req.Inputs, inputTensor{horizonInput, []int64{1}, "INT64", []int64{int64(steps)}})
	case 2:
		data := make([]int64, n)
		for i := range data {
			data[i] = int64(steps)
		}
		req.Inputs = append(req.Inputs, inputTensor{horizonInput, []int64{n, 1}, "INT64", data})
	}
	return json.Marshal(req)
}

// inferResponse is the body of an answer.
type inferResponse struct {
	Outputs []struct {
		Tensor
		Data json.RawMessage `json:"data"`
	} `json:"outputs"`
}

// decode returns the paths in an answer for n histories, each steps long and
// finite, and how many values were below zero, which no load is, and are zero
// now. The answer may have more steps; they are checked and left out. Its values
// may be flat or nested, as the protocol allows.
//
// The error is a fault: NotProtocol, Mismatch or NotFinite.
func (c Config) decode(body []byte, n, steps int) ([][]float64, int, error) {
	var r inferResponse
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, 0, undecodable(body, err)
	}
	var outputs []Tensor
	for _, o := range r.Outputs {
		if o.Name == c.Output {
			return paths(o.Tensor, o.Data, n, steps)
		}
		outputs = append(outputs, o.Tensor)
	}
	if len(outputs) == 0 {
		return nil, 0, faultf(NotProtocol, "the answer has no outputs: %q", short(string(body)))
	}
	return nil, 0, faultf(Mismatch, "the answer has no output %q, but %s", c.Output, names(outputs))
}

// undecodable says why an answer is not JSON.
func undecodable(body []byte, err error) error {
	if _, ok := errors.AsType[*json.SyntaxError](err); ok && (bytes.Contains(body, []byte("NaN")) || bytes.Contains(body, []byte("Inf"))) {
		return faultf(NotFinite, "the answer holds NaN or Infinity, which is not even JSON: %w", err)
	}
	return faultf(NotProtocol, "the answer does not parse: %w: %q", err, short(string(body)))
}

func paths(t Tensor, data json.RawMessage, n, steps int) ([][]float64, int, error) {
	if t.Datatype != "FP32" && t.Datatype != "FP64" {
		return nil, 0, faultf(Mismatch, "its output %q is %q; want FP32 or FP64", t.Name, t.Datatype)
	}
	s := t.Shape
	if len(s) < 2 || len(s) > 3 || s[0] != int64(n) || len(s) == 3 && s[2] != 1 {
		return nil, 0, faultf(Mismatch, "its output %q has the shape %v; want [%d, H] or [%d, H, 1]", t.Name, s, n, n)
	}
	if s[1] < int64(steps) {
		return nil, 0, faultf(Mismatch, "its horizon is %d steps, and %d are asked for", s[1], steps)
	}
	if s[1] > int64(len(data)/n) { // each value takes a byte and more
		return nil, 0, faultf(Mismatch, "its output %q has the shape %v, but fewer values", t.Name, s)
	}
	h := int(s[1])
	flat, err := values(make([]float64, 0, n*h), data, []int{n, h, 1}[:len(s)])
	if err != nil {
		return nil, 0, err
	}
	clipped := 0
	for i, v := range flat {
		if !(math.Abs(v) <= forecast.MaxLoad) {
			return nil, 0, faultf(NotFinite, "it forecasts %g, which is no load", v)
		}
		if v <= 0 { // -0 too
			if v < 0 {
				clipped++
			}
			flat[i] = 0
		}
	}
	out := make([][]float64, n)
	for i := range out {
		out[i] = flat[i*h : i*h+steps : i*h+steps]
	}
	return out, clipped, nil
}

// values appends the values of a tensor to dst, which are as many as shape has.
func values(dst []float64, data json.RawMessage, shape []int) ([]float64, error) {
	want := 1
	for _, d := range shape {
		want *= d
	}
	if len(shape) > 1 && nested(data) {
		var rows []json.RawMessage
		if err := json.Unmarshal(data, &rows); err != nil {
			return nil, faultf(NotProtocol, "its data is no array: %w", err)
		}
		if len(rows) != shape[0] {
			return nil, faultf(Mismatch, "its data has %d rows where its shape says %d", len(rows), shape[0])
		}
		for _, row := range rows {
			var err error
			if dst, err = values(dst, row, shape[1:]); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}
	var flat []*float64
	if err := json.Unmarshal(data, &flat); err != nil {
		return nil, faultf(NotProtocol, "its data is no array of numbers: %w", err)
	}
	if len(flat) != want {
		return nil, faultf(Mismatch, "its data has %d values where its shape says %d", len(flat), want)
	}
	for _, v := range flat {
		if v == nil {
			return nil, faultf(NotFinite, "it forecasts null, which is how servers write NaN")
		}
		dst = append(dst, *v)
	}
	return dst, nil
}

// nested reports whether the first element of an array is an array.
func nested(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && bytes.HasPrefix(bytes.TrimLeft(data[1:], " \t\r\n"), []byte("["))
}
