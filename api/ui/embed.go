// Package ui holds the web page: TypeScript in src/, built by
// `npm ci && npm run build` into dist/, which is committed so that the program
// builds without Node.
package ui

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// FS returns the built page, with index.html at its root.
func FS() fs.FS {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path, so this cannot happen
	}
	return root
}
