package strictyaml

import (
	"fmt"
	"testing"
)

type inner struct {
	Name  string  `json:"name"`
	Pods  int32   `json:"pods"`
	Share float64 `json:"share"`
}

type outer struct {
	List []inner           `json:"list"`
	Map  map[string]string `json:"map"`
	Set  bool              `json:"set"`
}

func TestErrorsNameTheKeyAndTheLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "<nil>",
		"list: [{name: a, pods: 3}]":   "<nil>",
		`{"list": [{"name": "a"}]}`:    "<nil>",
		"set: true\nlits: []\n":        `line 2: there is no key "lits"`,
		"list:\n- {name: a, poods: 3}": `line 2: there is no key "poods"`,
		"list: [{x: 1}]\nmap: {x: y}":  `there is no key "x"`,
		"set: true\nset: false\n":      `line 2: key "set" already set in map`,
		"foo":                          "it is a text; write keys with values, as {key: value}",
		"[a]":                          "it is a list; write keys with values, as {key: value}",
		"list: a":                      "list: it is a text; write a list, as [a, b]",
		"map: [a]":                     "map: it is a list; write keys with values, as {key: value}",
		"set: soon":                    "set: it is a text; write true or false",
		"list: [{pods: many}]":         "list.pods: it is a text; write a whole number",
		"list: [{pods: 1.5}]":          "list.pods: it is a number; write a whole number",
		"list: [{share: {of: all}}]":   "list.share: it is keys with values; write a number",
		"list: [{name: [a]}]":          "list.name: it is a list; write a text",
		"list: [":                      "line 1: did not find expected node content",
	} {
		var v outer
		if err := Unmarshal([]byte(in), &v); fmt.Sprint(err) != want {
			t.Errorf("%q\n got %v\nwant %s", in, err, want)
		}
	}
}
