package history

import (
	"context"
	"time"
)

// ReadOnce reads one load with a client of its own, for a command. A query that
// gives a counter is refused, by its name or by its looks.
func ReadOnce(ctx context.Context, o ClientOptions, matchers []string, expr string, from, to time.Time, step time.Duration) (Result, error) {
	client, err := NewClient(o)
	if err != nil {
		return Result{}, err
	}
	defer client.Close()
	on, err := ParseMatchers(matchers)
	if err != nil {
		return Result{}, err
	}
	read, err := NewReader(client, ReaderOptions{Matchers: on}).Read(ctx, Query{Expr: expr}, from, to, step)
	if err != nil {
		return Result{}, err
	}
	if err := CheckNamedCounter(BareCounter(expr), expr, read.Series); err != nil {
		return Result{}, err
	}
	if err := checkCounterShape(expr, read.Series); err != nil {
		return Result{}, err
	}
	return read, nil
}
