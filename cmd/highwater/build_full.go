//go:build !controller

package main

// variant is which build this is: full is the CLI for people, with all commands.
const variant = "full"

// needsFull is nil: this build has everything.
func needsFull(string) error { return nil }
