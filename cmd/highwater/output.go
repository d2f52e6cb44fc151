package main

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

// An output is a file that appears whole or not at all: it is written beside
// its place and moved there by commit. One that ends in .gz is compressed. A
// device, or a pipe, is written to directly.
type output struct {
	path string // empty: nothing is kept
	file *os.File
	temp bool
	buf  *bufio.Writer
	zip  *gzip.Writer
}

// createOutput opens path, or an output that keeps nothing if path is empty.
func createOutput(path string) (*output, error) {
	o := &output{path: path}
	if path == "" {
		o.buf = bufio.NewWriter(io.Discard)
		return o, nil
	}
	var err error
	if info, e := os.Stat(path); e == nil && !info.Mode().IsRegular() {
		o.file, err = os.OpenFile(path, os.O_WRONLY, 0)
	} else {
		o.file, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
		o.temp = true
	}
	if err != nil {
		return nil, o.named(err)
	}
	o.buf = bufio.NewWriterSize(o.file, 1<<16)
	if strings.HasSuffix(path, ".gz") {
		o.zip = gzip.NewWriter(o.buf)
	}
	return o, nil
}

// checkAnswer returns an error if the file of --out is named like a picture, which
// no answer is.
func checkAnswer(file string) error {
	if ext := strings.ToLower(filepath.Ext(file)); ext == ".png" || ext == ".svg" {
		return fmt.Errorf("--out %s: it would hold no picture: to draw one, give --plot %s", file, file)
	}
	return nil
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	if o.zip != nil {
		return o.zip.Write(p)
	}
	return o.buf.Write(p)
}

// commit puts the file in its place.
func (o *output) commit() error {
	if o.zip != nil {
		if err := o.zip.Close(); err != nil {
			return err
		}
	}
	if err := o.buf.Flush(); err != nil || o.file == nil {
		return err
	}
	name := o.file.Name()
	if o.temp {
		if err := o.file.Chmod(0o644); err != nil {
			return err
		}
	}
	if err := o.file.Close(); err != nil || !o.temp {
		return err
	}
	if err := os.Rename(name, o.path); err != nil {
		return o.named(err)
	}
	o.temp = false
	return nil
}

// named puts the name that the user knows in the place of the temporary one.
func (o *output) named(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", o.path, p.Err)
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return fmt.Errorf("%s: %w", o.path, l.Err)
	}
	return err
}

// discard removes what was not committed.
func (o *output) discard() {
	if o.file == nil {
		return
	}
	_ = o.file.Close()
	if o.temp {
		_ = os.Remove(o.file.Name())
	}
}
