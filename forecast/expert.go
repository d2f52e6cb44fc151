package forecast

import "context"

// An Expert is a forecaster from outside of this package, such as a neural
// network on an inference server. It takes part under the same proof as the
// built-in ones: see Model.Consult.
type Expert interface {
	// Name identifies the expert to users.
	Name() string
	// Forecast returns, for each history, the medians of the load at the
	// horizon steps that follow its last sample. All histories have the same
	// step; unknown samples are NaN. The outer slice is as long as histories,
	// each inner one horizon long, finite and in the unit of the load.
	Forecast(ctx context.Context, histories []Series, horizon int) ([][]float64, error)
}
