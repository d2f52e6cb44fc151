package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// replaced are names that said nothing to a stranger, and what takes their place,
// by the folder in which no file, type, function, method or field may have them
// again. Comments may use the words.
var replaced = map[string]map[string]string{
	"scheduler": {
		"guest": "external model", "desk": "request queue", "errand": "request", "attend": "enqueue", "invite": "enqueue", "consult": "start",
		"docket": "proof queue", "claim": "proof request", "prove": "replay", "try": "run", "proving": "record", "premise": "proof inputs",
		"school": "capacity sources", "lesson": "learned capacity", "taught": "apply", "equip": "apply", "carried": "apply",
		"almanac": "calendar cache", "shelved": "calendar cache", "sweep": "evict",
		"chronicle": "transition log", "told": "transition log", "alike": "group",
	},
	"recommender": {"settling": "pipeline", "course": "demand curve", "teller": "explainer"},
	"recommender/proof": {
		"seer": "forecaster", "seers": "forecasters", "rung": "quantile", "rungs": "quantile ladder", "contender": "policy", "contenders": "policies",
		"contend": "tournament", "contest": "tournament", "tally": "totals",
	},
	"recommender/planning": {
		"scene": "simulation", "view": "load forecast", "views": "forecasts", "finder": "detector", "course": "paths", "missed": "residuals", "miss": "residuals",
	},
	"forecast": {
		"guest": "external model", "guests": "external models", "witness": "held-out origin", "witnesses": "held-out origins", "came": "actual",
		"swing": "deviation", "swung": "mean deviation", "rises": "window rise", "teeth": "period", "quad": "narrow vector",
		"late": "recent features", "lates": "recent features", "lately": "recent features", "twice": "recurring",
	},
}

func TestReplacedNamesDoNotComeBack(t *testing.T) {
	t.Chdir("../..")
	for folder, names := range replaced {
		report := func(what, where, name string) {
			for _, word := range words(name) {
				if instead, ok := names[word]; ok {
					t.Errorf("%s: the %s %s: not %q, but %q", where, what, name, word, instead)
				}
			}
		}
		err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" {
				return err
			}
			report("file", path, strings.TrimSuffix(d.Name(), ".go"))
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				declared := map[string][]*ast.Ident{}
				switch n := n.(type) {
				case *ast.TypeSpec:
					declared["type"] = []*ast.Ident{n.Name}
				case *ast.FuncDecl:
					if !strings.HasPrefix(n.Name.Name, "Test") { // that is a sentence
						declared["function"] = []*ast.Ident{n.Name}
					}
				case *ast.StructType:
					declared["field"] = fields(n.Fields)
				case *ast.InterfaceType:
					declared["method"] = fields(n.Methods)
				}
				for what, list := range declared {
					for _, id := range list {
						report(what, fset.Position(id.Pos()).String(), id.Name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func fields(list *ast.FieldList) []*ast.Ident {
	var names []*ast.Ident
	for _, f := range list.List {
		names = append(names, f.Names...)
	}
	return names
}

// words splits a name as in camelCase, HTTPHeader or snake_case, in lower case.
func words(name string) []string {
	runes := []rune(name)
	var list []string
	start := 0
	for i := 1; i <= len(runes); i++ {
		end := i == len(runes) || runes[i] == '_' ||
			unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if end {
			list = append(list, strings.ToLower(strings.Trim(string(runes[start:i]), "_")))
			start = i
		}
	}
	return list
}

func TestWordsOfANameAreKnown(t *testing.T) {
	for name, want := range map[string][]string{
		"errand": {"errand"}, "nextErrand": {"next", "errand"}, "ErrandQueue": {"errand", "queue"},
		"HTTPGuest": {"http", "guest"}, "asGuestHTTP": {"as", "guest", "http"}, "guest_test": {"guest", "test"}, "retry": {"retry"},
	} {
		if got := words(name); !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
