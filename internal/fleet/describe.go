package fleet

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// described reads the list and adds the loads of the files. Names that are files
// belong to them; the rest is returned. What was assumed of the files is added to
// notes.
func (r *Reader) described(in Files, notes *[]string) (List, []string, error) {
	var list List
	if in.List != "" {
		var err error
		if list, err = readList(in.List); err != nil {
			return list, nil, err
		}
	}
	paths, names := slices.Clone(in.Loads), []string{}
	for _, a := range r.Names {
		if _, err := os.Stat(a); err == nil && len(in.Loads) > 0 {
			paths = append(paths, a)
			continue
		}
		names = append(names, a)
	}
	for _, file := range paths {
		read, err := files.Open(file, in.Options)
		if err != nil {
			return list, nil, err
		}
		*notes = append(*notes, files.NotesOf(file, read.Notes)...)
		if len(read.Loads) == 0 {
			read.Loads = make([]files.Load, 1)
		}
		for k := range read.Loads {
			load := &read.Loads[k]
			name := workloadName(in.Options.Name(file, *load, len(read.Loads)))
			i := slices.IndexFunc(list.Workloads, func(w Entry) bool {
				return w.CSV == "" && w.Query == "" && (w.Name == name || strings.HasSuffix(w.Name, "/"+name))
			})
			if i < 0 {
				i = len(list.Workloads)
				list.Workloads = append(list.Workloads, Entry{Name: name})
			}
			list.Workloads[i].CSV, list.Workloads[i].read = file, load
		}
	}
	return list, names, nil
}

// unread makes the workloads of a list that are named, without their loads.
func (r *Reader) unread(in Files, list List, names []string) ([]planning.Workload, []Entry, error) {
	var (
		errs      []error
		workloads []planning.Workload
		entries   []Entry
		seen      = map[string]bool{}
	)
	policy := r.Config.Policy()
	defaults := list.Defaults.over(in.Defaults)
	if defaults.Calendar == nil && !r.Config.Defaults.Calendar.IsZero() {
		defaults.Calendar = &r.Config.Defaults.Calendar
	}
	for i, e := range list.Workloads {
		field := fmt.Sprintf("%s: workloads[%d].", in.List, i)
		if in.List == "" {
			field = e.CSV + ": "
		}
		w, err := e.over(defaults).workload(field, policy)
		switch {
		case err != nil:
			errs = append(errs, err)
		case seen[w.Key()]:
			errs = append(errs, fmt.Errorf("%sname: %q is there twice", field, w.Key()))
		case (e.Query == "") == (e.CSV == ""):
			errs = append(errs, fmt.Errorf("%squery: %q: give either query or csv", field, e.Query))
		case chosen(names, w.Namespace, w.Name):
			workloads, entries = append(workloads, w), append(entries, e)
		}
		seen[w.Key()] = true
	}
	if len(errs) == 0 && len(workloads) == 0 {
		errs = append(errs, fmt.Errorf("none of %d workloads is %s", len(list.Workloads), strings.Join(names, " or ")))
	}
	return workloads, entries, errors.Join(errs...)
}

// workloadName is a column's name as that of a workload: NAMESPACE/NAME stays.
func workloadName(column string) string {
	if ns, name, ok := strings.Cut(column, "/"); ok && !isLabel(ns) || !isLabel(name) && ok {
		return strings.ReplaceAll(column, "/", "_")
	}
	return column
}

// isLabel reports whether s may be a name in Kubernetes.
func isLabel(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}
