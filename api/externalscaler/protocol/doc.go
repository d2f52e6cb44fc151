// Package protocol is KEDA's protocol of external scalers, as Go.
package protocol

//go:generate go tool -modfile=../../../tools/buf/go.mod buf generate
