// Command deps prints what the builds of Highwater link: the size of the binary,
// its modules with their packages and linked size, and the import that brings
// each in. `make deps` runs it.
package main

import (
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/highwater-dev/highwater/internal/house"
)

const command = "./cmd/highwater"

func main() {
	dir, err := os.MkdirTemp("", "highwater-deps-")
	if err == nil {
		err = run(dir, os.Stdout)
		_ = os.RemoveAll(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "deps:", err)
		os.Exit(1)
	}
}

func run(dir string, out io.Writer) error {
	builds := []struct {
		name string
		tags []string
	}{{"controller", []string{"controller", "grpcnotrace"}}, {"full", nil}}
	for _, b := range builds {
		links, err := house.List(command, b.tags...)
		if err != nil {
			return err
		}
		whole, stripped := filepath.Join(dir, b.name), filepath.Join(dir, b.name+"-stripped")
		if err := build(whole, b.tags, ""); err != nil {
			return err
		}
		if err := build(stripped, b.tags, "-s -w"); err != nil {
			return err
		}
		info, err := os.Stat(stripped)
		if err != nil {
			return err
		}
		sizes, err := symbols(whole, links)
		if err != nil {
			return err
		}
		modules := links.Modules()
		fmt.Fprintf(out, "%s: %s MB stripped, %d modules, %d packages\n\n", b.name, mega(info.Size()), len(modules)-1, len(links))
		table(out, links, modules, sizes)
	}
	return nil
}

func build(to string, tags []string, ldflags string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-tags", strings.Join(tags, ","), "-ldflags", ldflags, "-o", to, command)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// table lists the modules, the largest first.
func table(out io.Writer, links house.Links, modules map[string]int, sizes map[string]int64) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "kB\tPACKAGES\tMODULE\tBROUGHT IN BY")
	names := slices.SortedFunc(maps.Keys(modules), func(a, b string) int {
		return cmp.Or(cmp.Compare(sizes[b], sizes[a]), strings.Compare(a, b))
	})
	for _, name := range names {
		way := links.Chain(func(p house.Linked) bool { return p.ModulePath() == name })
		by := ""
		if len(way) > 1 {
			by = way[len(way)-2]
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", strconv.FormatInt(sizes[name]/1000, 10), modules[name], name, by)
	}
	_ = w.Flush()
	fmt.Fprintf(out, "\nkB are of code and data by symbol; tables of the linker, as of lines and types, are in the binary's size only.\n\n")
}

func mega(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }

// symbols sums the sizes of the symbols of a binary by module.
func symbols(path string, links house.Links) (map[string]int64, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	list, err := file.Symbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	modules := map[string]string{"main": links[len(links)-1].ModulePath()}
	for _, p := range links {
		modules[p.ImportPath] = p.ModulePath()
	}
	sizes := map[string]int64{}
	for _, x := range list {
		if i := int(x.Section); i >= len(file.Sections) || file.Sections[i].Type == elf.SHT_NOBITS {
			continue // zeros, which take no room in the file
		}
		if module, ok := modules[packageOf(x.Name)]; ok {
			sizes[module] += int64(x.Size)
		}
	}
	return sizes, nil
}

// packageOf returns the import path of a symbol's package, which ends at the
// first dot after the last slash: k8s.io/api/core/v1.(*Pod).Marshal.
func packageOf(symbol string) string {
	symbol, _, _ = strings.Cut(symbol, "[") // type arguments have slashes of their own
	symbol = strings.TrimPrefix(symbol, "type:.eq.")
	slash := strings.LastIndexByte(symbol, '/') + 1
	name, _, _ := strings.Cut(symbol[slash:], ".")
	return symbol[:slash] + strings.ReplaceAll(name, "%2e", ".")
}
