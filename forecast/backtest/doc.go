// Package backtest measures forecasters on history that they have not seen.
//
// A forecast made at an origin may use what lies at or before it, and is
// scored on what came after. The Protocol says where the origins lie and what
// is scored; a Task is one series laid out for it; every forecaster that runs
// on a Task serves the same origins, and a comparison of two counts only the
// targets that both gave a forecast of:
//
//	Protocol.Task(name, series) → Task.Run(forecaster) → Forecasts
//	Task.Read / Reader           rows that others made → Forecasts
//	Task.Score(forecasts, others…) → Score → Summarize
//
// The loss is the pinball loss, which rewards quantiles that mean what they
// say. It has the unit of the load, so it is stated relative to that of the
// seasonal naive forecast, yesterday's value, on the same targets.
//
// There is no clock and no file here: see `highwater backtest` for both.
package backtest
