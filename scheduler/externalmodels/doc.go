// Package externalmodels asks models outside of this process for forecasts, and
// lets their answers take part.
//
// A load that was fitted anew joins the queue of each model that is asked about
// it. Once it is its turn, the histories to be asked about are written, and
// answered without any lock; the answers are admitted under the load's lock, and
// count from the next decision on. Nothing waits for a model: where one fails,
// forecasts are made without it. The histories take some hundred kB a load, so
// they are written no earlier.
package externalmodels
