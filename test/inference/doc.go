// Package inference tests the client of inference servers on a real one: an
// MLServer that serves a small LSTM, trained on a bundled trace. It holds only
// tests; model/ has the network and the server's runtime, in Python.
//
// scripts/inference.sh installs MLServer, trains the network and runs the tests.
package inference
