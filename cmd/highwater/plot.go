//go:build !controller

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/highwater-dev/highwater/internal/atomicfile"
	"github.com/highwater-dev/highwater/internal/plots"
)

// drawTo draws figures, one below the other, into the file of --plot.
func drawTo(file string, width, height float64, figures ...plots.Figure) error {
	if len(figures) == 0 {
		return errors.New("--plot: there is nothing to draw")
	}
	w, err := atomicfile.Create(file)
	if err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	defer w.Discard()
	format := plots.SVG
	if strings.EqualFold(filepath.Ext(file), ".png") {
		format = plots.PNG
	}
	if err := plots.Write(w, format, width, height, 1, figures...); err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	return w.Commit()
}
