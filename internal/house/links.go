package house

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Links are the packages that a build of a command links, with what each
// imports. The command is the last one: `go list -deps` lists a package after
// all that it imports.
type Links []Linked

// A Linked is a package of a build.
type Linked struct {
	ImportPath string
	Imports    []string
	ImportMap  map[string]string // of imports whose package has another path: those vendored by the standard library
	Standard   bool
	Module     *struct{ Path, Version string } // nil in the standard library
}

// List lists what `go build -tags tags pkg` links into a binary for Linux.
func List(pkg string, tags ...string) (Links, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,ImportMap,Standard,Module", "-tags", strings.Join(tags, ","), pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	out, err := cmd.Output()
	if err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, e.Stderr)
		}
		return nil, fmt.Errorf("go list: %w", err)
	}
	var links Links
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p Linked
		if err := dec.Decode(&p); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		links = append(links, p)
	}
	return links, nil
}

// Modules returns the modules of l with the number of their packages; that of
// the standard library is "std".
func (l Links) Modules() map[string]int {
	n := map[string]int{}
	for _, p := range l {
		n[p.ModulePath()]++
	}
	return n
}

// ModulePath returns the module of p; "std" for the standard library.
func (p Linked) ModulePath() string {
	if p.Standard || p.Module == nil {
		return "std"
	}
	return p.Module.Path
}

// Chain returns the shortest way by imports from the command to the first
// package that is of interest; nil if there is none. The first of ways as short
// is that of imports in their order.
func (l Links) Chain(interest func(Linked) bool) []string {
	if len(l) == 0 {
		return nil
	}
	byPath := make(map[string]Linked, len(l))
	for _, p := range l {
		byPath[p.ImportPath] = p
	}
	root := l[len(l)-1].ImportPath
	from := map[string]string{root: ""}
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		p, ok := byPath[queue[0]]
		if !ok {
			continue // unsafe, C
		}
		if interest(p) {
			var way []string
			for at := p.ImportPath; at != ""; at = from[at] {
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		for _, i := range p.Imports {
			i = cmp.Or(p.ImportMap[i], i)
			if _, seen := from[i]; !seen {
				from[i] = p.ImportPath
				queue = append(queue, i)
			}
		}
	}
	return nil
}

// Within reports whether pkg is path, or lies below it.
func Within(pkg, path string) bool { return pkg == path || strings.HasPrefix(pkg, path+"/") }
