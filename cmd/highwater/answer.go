package main

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"
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
	w, err := createOutput(file)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer w.discard()
	if err := form(w); err != nil {
		return err
	}
	return w.commit()
}
