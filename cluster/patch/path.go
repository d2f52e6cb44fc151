package patch

import (
	"strconv"
	"strings"
)

// segments are the parts of a field: "spec.metrics[0].type" has four.
func segments(field string) []string {
	return strings.Split(strings.NewReplacer("[", ".", "]", "").Replace(field), ".")
}

// lookup returns what an object has at a path.
func lookup(v any, path []string) (any, bool) {
	for _, key := range path {
		switch parent := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = parent[key]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(parent) {
				return nil, false
			}
			v = parent[i]
		default:
			return nil, false
		}
	}
	return v, v != nil
}

// An operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// operations change a field that is there. An element of a list has no key, so
// what it is gets tested, and so is the old value: a patch that has become wrong
// is refused as a whole.
func (c *change) operations(object any) []operation {
	var out []operation
	test := func(path []string) {
		if v, ok := lookup(object, path); ok {
			out = append(out, operation{"test", "/" + strings.Join(path, "/"), v})
		}
	}
	for i := range c.path {
		parent, _ := lookup(object, c.path[:i])
		if _, isList := parent.([]any); !isList {
			continue
		}
		element := c.path[: i+1 : i+1]
		test(append(element, "type"))
		test(append(element, "name"))
		if i+2 < len(c.path) { // the part that is named as the type is
			part := c.path[: i+2 : i+2]
			test(append(part, "name"))
			test(append(part, "container"))
			test(append(part, "metric", "name"))
		}
	}
	if c.test {
		test(c.path)
	}
	return append(out, operation{"replace", "/" + strings.Join(c.path, "/"), c.value})
}

// merge is a merge patch (RFC 7386) that sets the field, which is in no list.
func (c *change) merge() map[string]any {
	v := c.value
	for i := len(c.path) - 1; i > 0; i-- {
		v = map[string]any{c.path[i]: v}
	}
	return map[string]any{c.path[0]: v}
}
