package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/internal/atomicfile"
)

// bindOut makes the flag of the file that an answer is written to.
func bindOut(f *pflag.FlagSet, file *string) {
	f.StringVarP(file, "out", "f", "", "file to write to; standard output if empty")
}

// writeAnswer has an answer written to a file, which appears whole or not at all,
// or to out if it is empty.
func writeAnswer(out io.Writer, file string, form func(io.Writer) error) error {
	if file == "" {
		return form(out)
	}
	w, err := atomicfile.Create(file)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer w.Discard()
	if err := form(w); err != nil {
		return err
	}
	return w.Commit()
}

// checkAnswer returns an error if the file of --out is named like a picture, which
// no answer is.
func checkAnswer(file string) error {
	if ext := strings.ToLower(filepath.Ext(file)); ext == ".png" || ext == ".svg" {
		return fmt.Errorf("--out %s: it would hold no picture: to draw one, give --plot %s", file, file)
	}
	return nil
}
