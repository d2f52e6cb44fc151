package planning

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A selector says which workloads are meant.
type selector func(w *Workload) bool

// parseSelector reads a Scale's Selector.
func parseSelector(text string) (selector, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return func(*Workload) bool { return true }, nil
	case strings.Contains(text, "="):
		return parseLabels(text)
	}
	if _, err := path.Match(text, ""); err != nil {
		return nil, errors.New("it is no pattern: write namespace/name, where * stands for any characters")
	}
	whole := strings.Contains(text, "/")
	return func(w *Workload) bool {
		name := w.Name
		if whole {
			name = w.Namespace + "/" + w.Name
		}
		ok, _ := path.Match(text, name)
		return ok
	}, nil
}

// parseLabels reads label=value and label!=value, all of which have to hold.
func parseLabels(text string) (selector, error) {
	type term struct {
		key, value string
		not        bool
	}
	var terms []term
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(part, "=")
		key, not := strings.CutSuffix(key, "!")
		key, value = strings.TrimSpace(key), strings.TrimSpace(strings.TrimPrefix(value, "="))
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is neither label=value nor label!=value", part)
		}
		terms = append(terms, term{key, value, not})
	}
	return func(w *Workload) bool {
		for _, t := range terms {
			v, has := w.Labels[t.key]
			if (has && v == t.value) == t.not {
				return false
			}
		}
		return true
	}, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
