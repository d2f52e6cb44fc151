package api

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// A summaryKey is one of the top-level keys of a workload in a list.
type summaryKey struct {
	index     int  // of the field of Summary
	omitEmpty bool // it is left out if there is nothing to say
}

// keysOfSummary are all of them by their names.
var keysOfSummary = func() map[string]summaryKey {
	keys := map[string]summaryKey{}
	t := reflect.TypeFor[Summary]()
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		keys[name] = summaryKey{i, options == "omitempty"}
	}
	return keys
}()

// partialList is a List whose workloads have only the keys that were asked for.
type partialList struct {
	ListHead
	Items []map[string]any `json:"items"`
}

// checkFields returns an error for the first name that no key has.
func checkFields(fields []string) error {
	for _, f := range fields {
		if _, ok := keysOfSummary[f]; !ok {
			return badParameter("fields", f, fmt.Sprintf("no workload has the key %q; those of a list have %s", f, strings.Join(slices.Sorted(maps.Keys(keysOfSummary)), ", ")))
		}
	}
	return nil
}

// only returns s with some of its keys.
func (s *Summary) only(fields []string) map[string]any {
	out, v := make(map[string]any, len(fields)), reflect.ValueOf(s).Elem()
	for _, f := range fields {
		k := keysOfSummary[f]
		if x := v.Field(k.index); !k.omitEmpty || !x.IsZero() {
			out[f] = x.Interface()
		}
	}
	return out
}

// badParameter says what is wrong with a parameter of a query.
func badParameter(name string, value any, what string) error {
	return huma.Error422UnprocessableEntity(name+": "+what, &huma.ErrorDetail{Location: "query." + name, Value: value, Message: what})
}
