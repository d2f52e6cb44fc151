package files

import (
	"path/filepath"
	"strings"
)

// BaseName is the name of a file without its folder and its ending, .gz or both.
func BaseName(path string) string {
	if path == "-" {
		return "stdin"
	}
	name := strings.TrimSuffix(filepath.Base(path), ".gz")
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// Shown is how errors and notes name a file: a dash is standard input.
func Shown(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// Name returns the name of one of n loads of a file: that of the file, of the
// column where there are several, and of both where o picked one.
func (o Options) Name(path string, load Load, n int) string {
	switch {
	case load.Name == "":
	case n > 1:
		return load.Name
	case o.Column != "":
		return BaseName(path) + "." + load.Name
	}
	return BaseName(path)
}
