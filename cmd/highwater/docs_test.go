package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/internal/config"
)

var update = flag.Bool("update", false, "write the generated parts of the docs anew")

const configurationDocs = "../../docs/configuration.md"

// TestDocsListEverySetting holds that docs/configuration.md has each setting
// of `highwater serve`, and the flags of the other commands, as they are. The
// flags of forecast that reach Prometheus are those of serve.
func TestDocsListEverySetting(t *testing.T) {
	generated(t, configurationDocs, map[string]string{"settings": settingsTable(t), "commands": commandsTable(), "regions": regionsList()})
}

// generated holds that the marked parts of a file are what the binary says, or with
// -update makes them so.
func generated(t *testing.T, path string, parts map[string]string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	for name, part := range parts {
		begin, end := "<!-- "+name+": generated -->\n", "<!-- "+name+": end -->"
		head, rest, ok := strings.Cut(text, begin)
		_, tail, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s lacks %s or %s", path, begin, end)
		}
		text = head + begin + "\n" + part + "\n" + end + tail
	}
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the binary says; run `go test ./cmd/highwater -run Docs -update`", path)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// settingsTable lists every field of Config with its flag. A field without a
// flag, and a flag without a field, fail the test.
func settingsTable(t *testing.T) string {
	c := config.Default()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	c.Bind(flags)
	byField := map[uintptr]*pflag.Flag{}
	flags.VisitAll(func(f *pflag.Flag) { byField[fieldOf(f)] = f })

	var b bytes.Buffer
	fmt.Fprintln(&b, "| key, flag, environment variable | default | meaning |\n|---|---|---|")
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			field, key := v.Field(i), prefix+name
			if v.Type().Field(i).Anonymous {
				walk(prefix, field)
				continue
			}
			if field.Kind() == reflect.Struct {
				walk(key+".", field)
				continue
			}
			f := byField[field.Addr().Pointer()]
			if f == nil {
				t.Errorf("%s has no flag", key)
				continue
			}
			delete(byField, field.Addr().Pointer())
			fmt.Fprintf(&b, "| `%s`<br>`--%s`<br>`%s` | %s | %s |\n", key, f.Name,
				config.EnvPrefix+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")), defaultOf(f), cell(f.Usage))
		}
	}
	walk("", reflect.ValueOf(&c).Elem())
	for _, f := range byField {
		t.Errorf("--%s has no key", f.Name)
	}
	return b.String()
}

// fieldOf returns the address that a flag writes to: pflag's values are either
// that pointer under another type, or begin with it.
func fieldOf(f *pflag.Flag) uintptr {
	v := reflect.ValueOf(f.Value)
	if v.Elem().Kind() == reflect.Struct {
		return v.Elem().Field(0).Pointer()
	}
	return v.Pointer()
}

func commandsTable() string {
	var b bytes.Buffer
	fmt.Fprintln(&b, "| command | flag | default | meaning |\n|---|---|---|---|")
	serve := serveCommand().Flags()
	for _, c := range []*cobra.Command{serveCommand(), demoCommand(), restoreCommand(), backtestCommand(), forecastCommand(), replayCommand(), adviseCommand(), planCommand(), explainCommand()} {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			asServe := strings.HasPrefix(f.Name, "prometheus-") || sameFlag(serve.Lookup(f.Name), f)
			if c.Name() != "serve" && !asServe || f.Name == "config" {
				fmt.Fprintf(&b, "| `%s` | `--%s` | %s | %s |\n", c.Name(), f.Name, defaultOf(f), cell(f.Usage))
			}
		})
	}
	return b.String()
}

// regionsList names the regions whose holidays are known, a line for each
// country.
func regionsList() string {
	var b strings.Builder
	country := ""
	for _, r := range calendar.Regions() {
		c, _, _ := strings.Cut(r.Code, "-")
		switch country {
		case c:
			b.WriteString(", ")
		case "":
			b.WriteString("- ")
		default:
			b.WriteString("\n- ")
		}
		country = c
		fmt.Fprintf(&b, "`%s` %s", r.Code, r.Name)
	}
	return b.String() + "\n"
}

func defaultOf(f *pflag.Flag) string {
	v := strings.Trim(cmp.Or(f.DefValue, "[]"), "[]")
	if v == "" {
		return ""
	}
	return "`" + v + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// sameFlag says that two flags are told alike.
func sameFlag(a, b *pflag.Flag) bool {
	return a != nil && a.Usage == b.Usage && a.DefValue == b.DefValue
}
