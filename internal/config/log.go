package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// Validate returns every problem of the log's settings.
func (l Log) Validate() error {
	var errs []error
	if !slices.Contains([]string{"text", "json"}, l.Format) {
		errs = append(errs, fmt.Errorf("log.format: %q is neither text nor json", l.Format))
	}
	if err := new(slog.Level).UnmarshalText([]byte(l.Level)); err != nil {
		errs = append(errs, fmt.Errorf("log.level: %q is none of debug, info, warn, error", l.Level))
	}
	return errors.Join(errs...)
}

// Logger returns a logger that writes to w. The settings have been validated.
func (l Log) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // validated
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
