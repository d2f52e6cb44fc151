// Package forecast predicts the load of a workload as quantile paths.
//
// Load repeats: by the hour, the day, the week. Thirteen experts know what
// is usual at a time (the anchors) and correct that by how the load has been
// lately, each with a ridge regression for each of a dozen horizons. All of
// them forecast from some three hundred and fifty origins of the past, with the days
// around left out of what they learned; the errors decide how much each counts
// at a horizon, and become the quantiles. So a forecast says how sure it is.
//
//	points → NewSeries → Fit → Model.Forecast   quantiles of the load
//	                           Model.Peaks      quantiles of the largest load in a window
//	                           Model.Append     new samples, without fitting again
//	                           Model.Refit      fitting again, on the samples that it keeps
//	                           Model.Findings   outages, level changes, ceilings
//	                           Model.Shares     what the forecast is made of
//	                           Model.Admit      an external model takes part
//
// A Calendar tells what history cannot: where the users live, which days are
// holidays, what is planned. Where there is too little to go on, Fit returns a
// *NoForecast that says why. There is no clock, no randomness and no logging
// here: the same series gives the same forecast.
package forecast
