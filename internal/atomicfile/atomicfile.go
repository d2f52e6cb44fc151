// Package atomicfile writes files that appear whole or not at all.
package atomicfile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A File is written beside its place and moved there by Commit. One that ends in .gz is compressed. A
// device, or a pipe, is written to directly.
type File struct {
	path string // empty: nothing is kept
	file *os.File
	temp bool
	buf  *bufio.Writer
	zip  *gzip.Writer
}

// Create opens path, or a File that keeps nothing if path is empty. Errors name
// path, not what is beside it.
func Create(path string) (*File, error) {
	f := &File{path: path}
	if path == "" {
		f.buf = bufio.NewWriter(io.Discard)
		return f, nil
	}
	var err error
	if info, e := os.Stat(path); e == nil && !info.Mode().IsRegular() {
		f.file, err = os.OpenFile(path, os.O_WRONLY, 0)
	} else {
		f.file, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
		f.temp = true
	}
	if err != nil {
		return nil, f.named(err)
	}
	f.buf = bufio.NewWriterSize(f.file, 1<<16)
	if strings.HasSuffix(path, ".gz") {
		f.zip = gzip.NewWriter(f.buf)
	}
	return f, nil
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	if f.zip != nil {
		return f.zip.Write(p)
	}
	return f.buf.Write(p)
}

// Commit puts the file in its place.
func (f *File) Commit() error {
	if f.zip != nil {
		if err := f.zip.Close(); err != nil {
			return err
		}
	}
	if err := f.buf.Flush(); err != nil || f.file == nil {
		return err
	}
	name := f.file.Name()
	if f.temp {
		if err := f.file.Chmod(0o644); err != nil {
			return err
		}
	}
	if err := f.file.Close(); err != nil || !f.temp {
		return err
	}
	if err := os.Rename(name, f.path); err != nil {
		return f.named(err)
	}
	f.temp = false
	return nil
}

// named puts the name that the user knows in the place of the temporary one.
func (f *File) named(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", f.path, p.Err)
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return fmt.Errorf("%s: %w", f.path, l.Err)
	}
	return err
}

// Discard removes what was not committed.
func (f *File) Discard() {
	if f.file == nil {
		return
	}
	_ = f.file.Close()
	if f.temp {
		_ = os.Remove(f.file.Name())
	}
}
