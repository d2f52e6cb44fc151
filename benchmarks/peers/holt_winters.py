"""Holt-Winters as the Predictive Horizontal Pod Autoscaler (PHPA) runs it, stretched to 24 hours.

PHPA calls statsmodels' ``ExponentialSmoothing`` with an additive trend and an additive season, estimated
initial values and hand-set smoothing parameters (``optimized=False``), and takes the next step only. Here the
same model forecasts 24 hours ahead. Its documentation's example sets all three parameters to 0.9, which
diverges over 288 steps, and says that they "require tweaking"; to be fair, this peer tweaks them: once a day
it takes the best of a grid by the multi-step error inside the context. Quantiles are the point forecast plus
the empirical quantiles, per horizon, of the in-sample multi-step errors.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from peers.forecaster import Forecaster, NoForecast, residual_quantiles
from peers.protocol import DAY_SECONDS, Window

ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.9)
BETAS = (0.0, 0.0001, 0.001, 0.01)
GAMMAS = (0.05, 0.15, 0.3, 0.6)
GRID = np.array(list(product(ALPHAS, BETAS, GAMMAS)))
TUNING_SECONDS = (300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
TUNING_INTERVAL = DAY_SECONDS
RESIDUAL_STRIDE = 3


class HoltWinters(Forecaster):
    """Additive Holt-Winters with a season of one day, refitted at every origin and retuned once a day."""

    def __init__(self) -> None:
        super().__init__()
        self._tuned_at: int | None = None
        self._parameters = GRID[0]

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Fit statsmodels with the tuned parameters and add the quantiles of its multi-step errors."""
        values, season = window.filled, window.day
        if len(values) < max(2 * season, 10 + 2 * (season // 2)) + 2:
            raise NoForecast("fewer than two seasons")
        model = ExponentialSmoothing(
            values,
            trend="add",
            seasonal="add",
            seasonal_periods=season,
            initialization_method="estimated",
        )
        if self._tuned_at is None or window.origin - self._tuned_at >= TUNING_INTERVAL:
            self._parameters = tune(model, window)
            self._tuned_at = window.origin
        alpha, beta, gamma = self._parameters
        fitted = model.fit(
            smoothing_level=alpha, smoothing_trend=beta, smoothing_seasonal=gamma, optimized=False
        )
        self.fits += 1
        point = np.asarray(fitted.forecast(window.horizon))
        errors = multi_step_errors(
            np.asarray(fitted.level), np.asarray(fitted.trend), np.asarray(fitted.season), window
        )
        return point[:, None] + residual_quantiles(errors, taus)


def multi_step_errors(level: np.ndarray, trend: np.ndarray, season: np.ndarray, window: Window) -> np.ndarray:
    """Return actual minus forecast for past origins (rows, from the third day on) and horizons (columns).

    The state at a time uses values up to that time only; gaps and times after the origin are NaN.
    """
    horizon, day, n = window.horizon, window.day, len(window.values)
    origins = np.arange(min(2 * day, n - 2), n - 1, RESIDUAL_STRIDE)
    steps = np.arange(1, horizon + 1)
    targets = origins[:, None] + steps
    forecast = level[origins, None] + steps * trend[origins, None] + season[targets - day]
    padded = np.concatenate([window.values, np.full(horizon, np.nan)])
    return padded[targets] - forecast


def tune(model: ExponentialSmoothing, window: Window) -> np.ndarray:
    """Return the row of GRID with the least mean absolute multi-step error, relative to the best per horizon.

    The recursion is statsmodels' own, run for all rows of the grid at once.
    """
    values, day, n = window.filled, window.day, len(window.filled)
    start = model.fit(
        smoothing_level=0.5, smoothing_trend=0.0, smoothing_seasonal=0.1, optimized=False
    ).params
    alpha, beta, gamma = GRID.T
    level = np.full(len(GRID), float(start["initial_level"]))
    trend = np.full(len(GRID), float(start["initial_trend"]))
    levels, trends = np.empty((n, len(GRID))), np.empty((n, len(GRID)))
    seasons = np.empty((n + day, len(GRID)))
    seasons[:day] = np.asarray(start["initial_seasons"])[:, None]
    for i, value in enumerate(values):
        ahead = level + trend
        surprise = value - ahead
        seasons[i + day] = seasons[i] + gamma * (surprise - seasons[i])
        following = ahead + alpha * (surprise - seasons[i])
        trend = trend + beta * (following - level - trend)
        level = following
        levels[i], trends[i] = level, trend
    seasons = seasons[day:]
    scores = np.zeros(len(GRID))
    for seconds in TUNING_SECONDS:
        h = seconds // window.step
        if h < 1 or 2 * day >= n - h:
            continue
        at = np.arange(2 * day, n - h)
        error = np.abs(window.values[at + h][:, None] - (levels[at] + h * trends[at] + seasons[at + h - day]))
        if np.isfinite(error).any():
            mean = np.nanmean(error, axis=0)
            scores += mean / max(float(mean.min()), 1e-300)
    return GRID[int(np.argmin(np.where(np.isfinite(scores), scores, np.inf)))]
