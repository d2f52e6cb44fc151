// Package forecast predicts the load of a workload as quantile paths.
//
// Load repeats: by the day, by the week. The package averages the same time of
// earlier days (the seasonal anchor), adds what of today's difference from it
// lasts (the level), and measures on held-out days how far such forecasts were
// off, for each horizon. Those errors become the quantiles, so a forecast says
// how sure it is.
//
//	points → NewSeries → Fit → Model.Forecast   quantiles of the load
//	                           Model.Peaks      quantiles of the largest load in a window
//	                           Model.Append     new samples, without fitting again
//
// Where there is too little to go on, Fit returns a *NoForecast that says why.
// There is no clock, no randomness and no logging here: the same series gives
// the same forecast.
package forecast
