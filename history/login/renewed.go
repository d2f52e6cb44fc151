package login

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	fetchTimeout = 10 * time.Second // of one request for a token
	ahead        = 3 * time.Minute  // of its expiry a token is renewed, or a quarter of its life if that is shorter
	unstated     = time.Hour        // that a token is kept which says nothing of its expiry
	pause        = time.Second      // between two attempts, the failure being that of all who ask meanwhile
	pauseUsable  = 15 * time.Second // likewise while the old token serves
	settled      = 30 * time.Second // age from which a token that the store refuses is given up
)

// A renewed value is fetched when it is first asked for, and anew ahead of its
// expiry. One caller fetches; the others have the old value as long as it serves,
// and wait otherwise, none for longer than its context allows. The value outlives
// failures until it expires.
type renewed[T any] struct {
	fetch func(context.Context) (T, time.Time, error) // a zero time is an expiry that is not known
	now   func() time.Time
	turn  chan struct{} // holds one while somebody fetches

	mu           sync.Mutex
	value        T
	got, expires time.Time // got is zero while there is no value
	failed       error     // of the last attempt
	tried        time.Time // when that was
}

func newRenewed[T any](fetch func(context.Context) (T, time.Time, error)) *renewed[T] {
	return &renewed[T]{fetch: fetch, now: time.Now, turn: make(chan struct{}, 1)}
}

func (r *renewed[T]) get(ctx context.Context) (T, error) {
	v, usable, wait, err := r.known()
	if !wait {
		return v, err
	}
	if usable {
		select {
		case r.turn <- struct{}{}:
		default:
			return v, nil
		}
	} else {
		select {
		case r.turn <- struct{}{}:
		case <-ctx.Done():
			return v, fmt.Errorf("waiting for a token: %w", ctx.Err())
		}
	}
	defer func() { <-r.turn }()
	if v, _, wait, err = r.known(); !wait {
		return v, err
	}
	return r.renew(ctx)
}

// known returns the value as it stands, whether it can still be used, and whether
// it is time to fetch another.
func (r *renewed[T]) known() (v T, usable, fetch bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	usable = !r.got.IsZero() && now.Before(r.expires)
	early := min(ahead, r.expires.Sub(r.got)/4)
	switch {
	case usable && now.Before(r.expires.Add(-early)):
		return r.value, true, false, nil
	case usable:
		return r.value, true, r.failed == nil || now.Sub(r.tried) >= pauseUsable, nil
	case r.failed != nil && now.Sub(r.tried) < pause:
		return v, false, false, r.failed
	}
	return v, false, true, nil
}

// renew fetches, in the caller's turn.
func (r *renewed[T]) renew(ctx context.Context) (T, error) {
	limited, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	v, expires, err := r.fetch(limited)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if err == nil && !expires.IsZero() && !now.Before(expires) {
		err = fmt.Errorf("the token that was given has expired at %s: is the clock right?", expires.UTC().Format(time.RFC3339))
	}
	if err != nil {
		if ctx.Err() == nil { // or the failure is this caller's alone
			r.failed, r.tried = err, now
		}
		if !r.got.IsZero() && now.Before(r.expires) {
			return r.value, nil
		}
		var none T
		return none, err
	}
	if expires.IsZero() {
		expires = now.Add(unstated)
	}
	r.value, r.got, r.expires, r.failed = v, now, expires, nil
	return v, nil
}

// refused gives up a value that the store does not accept, unless it is so new
// that another would not be better, and reports whether it did.
func (r *renewed[T]) refused() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.got.IsZero() || r.now().Sub(r.got) < settled {
		return false
	}
	r.got = time.Time{}
	return true
}
