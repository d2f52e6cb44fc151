// Package strictyaml reads YAML that a person wrote into a value. A key that the
// value does not know is an error, and an error says what is wrong, and in which
// line, in the words of the file: it names no type of Go.
package strictyaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// Unmarshal reads data, which is YAML or JSON, into v. Nothing at all leaves v as
// it is.
func Unmarshal(data []byte, v any) error {
	err := yaml.UnmarshalStrict(data, v)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return mistyped(wrong)
	}
	text := err.Error()
	// What the decoders put before their messages tells of them alone.
	for _, prefix := range []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "yaml: ", "unmarshal errors:\n  ", "json: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		text = fmt.Sprintf("there is no key %q", m[1])
		if line := lineOf(m[1], data); line > 0 {
			text = fmt.Sprintf("line %d: %s", line, text)
		}
	}
	return errors.New(text)
}

var unknownKey = regexp.MustCompile(`^unknown field "([^"]+)"$`)

// lineOf returns the line of the only place that a key stands in; 0 if there are
// more. The decoder has lost it: it reads JSON made of YAML.
func lineOf(key string, data []byte) int {
	place := regexp.MustCompile(`(^|[\s{,"-])` + regexp.QuoteMeta(key) + `"?\s*:`)
	at := 0
	for i, line := range bytes.Split(data, []byte("\n")) {
		switch {
		case !place.Match(line):
		case at > 0:
			return 0
		default:
			at = i + 1
		}
	}
	return at
}

// mistyped says that a value is of another kind than its key takes.
func mistyped(err *json.UnmarshalTypeError) error {
	kind, _, _ := strings.Cut(err.Value, " ") // "number 1.5" is a number
	is := map[string]string{"object": "keys with values", "array": "a list", "string": "a text", "number": "a number", "bool": "true or false"}[kind]
	if err.Field == "" {
		return fmt.Errorf("it is %s; write %s", is, wanted(err.Type))
	}
	return fmt.Errorf("%s: it is %s; write %s", err.Field, is, wanted(err.Type))
}

// wanted says what to write for a value of a type.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "keys with values, as {key: value}"
	case reflect.Slice, reflect.Array:
		return "a list, as [a, b]"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	}
	return "a text"
}
