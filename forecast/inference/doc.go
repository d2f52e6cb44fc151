// Package inference lets a model on an inference server take part in
// forecasting: an LSTM, a foundation model, whatever a team has trained. It
// speaks the Open Inference Protocol v2 over HTTP, as KServe, Triton and
// MLServer serve it.
//
// The way through it:
//
//	forecast.Series ── window ──► [n, Length] ──┐
//	 (gaps, its step)              (no gaps,    │
//	                                model's step) POST /v2/models/{name}/infer
//	                                            │
//	     medians ◄── spread ◄── [n, H] ◄────────┘
//	 (series' step)          (checked, never below zero)
//
// The contract with the model: one FP32 or FP64 tensor "history" of shape
// [n, Length], raw load at a fixed step, oldest first, without NaN; one tensor
// "forecast" of shape [n, H] or [n, H, 1], the raw load of the H steps after.
// Scale is the model's business. A model whose metadata lists an INT64 input
// "horizon" is told how many steps are asked for.
//
// Nothing here trusts the model: whoever consults it weighs it by the errors
// that it made on the workload's own past. Every failure is an *Error that
// names the model, the URL and what is wrong; its Kind is one word, fit to
// count by.
//
// # References
//
//   - Open Inference Protocol, HTTP/REST:
//     https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
package inference
