package patch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/recommender/advice"
)

// The formats of a patch.
const (
	Kubectl   = "patch"     // a command
	Kustomize = "kustomize" // an entry of a kustomization's patches
	Helm      = "helm"      // values
)

// Formats lists them all.
var Formats = []string{Kubectl, Kustomize, Helm}

// Write writes the change that is worth most, with its proof in comments. Where
// there is none there is a comment that says why, and nothing else: as a script, a
// kustomization or values it does nothing.
func Write(w io.Writer, format string, a Autoscaler, r *advice.Report) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("%q is no format of a patch: it must be one of %s", format, strings.Join(Formats, ", "))
	}
	var b bytes.Buffer
	c, others, none := a.choose(r.Advice)
	if none != nil {
		comment(&b, "No patch: "+none.Error()+".")
	} else if err := a.write(&b, format, c, r); err != nil {
		return err
	}
	if len(others) > 0 {
		comment(&b, "Also advised, each measured alone; change one, and ask again:")
		for _, o := range others {
			comment(&b, "- "+o)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// write writes one change.
func (a Autoscaler) write(b *bytes.Buffer, format string, c *change, r *advice.Report) error {
	was := "not set"
	if c.there && c.Field == "spec.minReplicas" && a.Raised {
		was = c.Now
	} else if c.there {
		was = compact(c.old)
	}
	comment(b, fmt.Sprintf("%s: %s of %s, %s → %s", c.Kind, c.field, a.name(), was, compact(c.value)))
	proof(b, c, r)
	if floors := a.floorsFirst(c); floors != "" {
		comment(b, floors)
	}
	for _, n := range c.notes {
		comment(b, n)
	}
	if a.FromFile {
		comment(b, "A file does not say which autoscaler it is of: see that name, namespace and the place of the metric are right.")
	}
	switch format {
	case Kustomize:
		return a.kustomize(b, c)
	case Helm:
		return a.helm(b, c)
	}
	return a.kubectl(b, c)
}

// proof tells what was replayed.
func proof(b *bytes.Buffer, c *change, r *advice.Report) {
	const minute = "2006-01-02 15:04"
	comment(b, fmt.Sprintf("Proof, %s confidence, replayed from %s to %s UTC:", c.Confidence, r.From.UTC().Format(minute), r.To.UTC().Format(minute)))
	from, with := r.Now, "with this"
	comment(b, "  as it is: "+r.Now.String())
	if c.WithFloors {
		with = "with this and floors"
		if r.Floors != nil && *r.Floors != r.Now {
			from = *r.Floors
			comment(b, "  with floors: "+from.String())
		}
	}
	comment(b, "  "+with+": "+advice.Week{PodHours: plus(from.PodHours, c.PodHours), ShortMinutes: plus(from.ShortMinutes, c.ShortMinutes)}.String())
}

// plus adds a change, without what rounding leaves of nothing.
func plus(x, change float64) float64 { return math.Max(0, math.Round(1e6*(x+change))/1e6) }

// kubectl writes a command. Where the field is there it is a JSON patch that tests
// what it replaces; else a merge patch, which makes what is missing above it.
func (a Autoscaler) kubectl(b *bytes.Buffer, c *change) error {
	if release, ok := a.release(); ok {
		comment(b, fmt.Sprintf("Helm release %s made it: its next upgrade may set this back. With -o helm there are values instead.", release))
	}
	kind, body := "merge", compact(c.merge())
	if c.there {
		kind = "json"
		var lines []string
		for _, o := range c.operations(a.Object.Object) {
			lines = append(lines, "  "+compact(o))
		}
		body = "[\n" + strings.Join(lines, ",\n") + "\n]"
	}
	command := []string{"kubectl", "patch", a.resource(), quote(a.Object.GetName())}
	if ns := a.Object.GetNamespace(); ns != "" {
		command = append(command, "--namespace", quote(ns))
	}
	command = append(command, "--type", kind, "--patch", quote(body))
	b.WriteString(strings.Join(command, " ") + "\n")
	return nil
}

// resource names the kind with its version, which the fields are of.
func (a Autoscaler) resource() string {
	if a.isHPA() {
		return "horizontalpodautoscalers.v2.autoscaling"
	}
	return "scaledobjects.v1alpha1.keda.sh"
}

// kustomize writes an entry of patches. What lies in a list takes a JSON patch;
// all else is merged, so that the manifest may leave out what is above it.
func (a Autoscaler) kustomize(b *bytes.Buffer, c *change) error {
	kind := a.Object.GroupVersionKind()
	target := map[string]any{"group": kind.Group, "version": kind.Version, "kind": kind.Kind, "name": a.Object.GetName()}
	var inline any
	if strings.Contains(c.field, "[") {
		comment(b, "The tests compare with the manifest. Where it writes a value in another way, change the test.")
		inline = c.operations(a.Object.Object)
	} else {
		merged := c.merge()
		merged["apiVersion"], merged["kind"], merged["metadata"] = a.Object.GetAPIVersion(), kind.Kind, map[string]any{"name": a.Object.GetName()}
		inline = merged
	}
	text, err := yaml.Marshal(inline)
	if err != nil {
		return err
	}
	all, err := yaml.Marshal(map[string]any{"patches": []any{map[string]any{"target": target, "patch": string(text)}}})
	b.Write(all)
	return err
}

// compact is JSON in a line, as kubectl and people read it.
func compact(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

var plain = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// quote makes one word of a shell of a text.
func quote(text string) string {
	if plain.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// width is that of comments, in characters.
const width = 110

// comment writes a text in lines that a shell and YAML take for comments. What the
// text begins with, spaces or a dash, its later lines are indented by.
func comment(b *bytes.Buffer, text string) {
	indent := strings.Repeat(" ", len(text)-len(strings.TrimLeft(text, " -")))
	line := "#" + " " + text[:len(indent)]
	for i, word := range strings.Fields(text[len(indent):]) {
		if n := len([]rune(line)) + 1 + len([]rune(word)); i > 0 && n > width {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = "# " + indent + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
