"""Nixtla's statsforecast: MSTL with an AutoETS trend, AutoTheta and AutoCES, each with its own intervals.

The tau-quantile is the upper bound of the two-sided interval of level 2 tau - 1; the median is the mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from statsforecast.models import MSTL, AutoCES, AutoETS, AutoTheta

from peers.forecaster import Forecaster, NoForecast
from peers.protocol import Window

THETA_DAYS = 7
CES_DAYS = 4


def upper_bounds(model: Any, values: np.ndarray, horizon: int, taus: tuple[float, ...]) -> np.ndarray:
    """Fit a statsforecast model and return its quantiles, for taus of one half and more."""
    levels = {tau: round(200 * tau - 100, 6) for tau in taus}
    if min(levels.values()) < 0:
        raise ValueError("quantiles below the median are not supported")
    wanted = [int(v) if v == int(v) else v for v in levels.values() if v > 0]
    result = model.forecast(y=values, h=horizon, level=wanted)
    columns = []
    for level in levels.values():
        key = "mean" if level == 0 else f"hi-{int(level) if level == int(level) else level}"
        columns.append(np.asarray(result[key], dtype=float))
    return np.stack(columns, axis=1)


class MstlAutoEts(Forecaster):
    """MSTL with seasons of a day and, from two weeks of context on, a week; AutoETS forecasts the trend.

    With ``exact`` every LOESS runs at every point, as by default. Otherwise the trend and low-pass smoothers
    run at every tenth of a day and are interpolated between, R's default and within statsmodels' advice: the
    forecast moves by 0.02 % and the fit takes a seventeenth of the time. AutoETS chooses among "ZZN".
    """

    def __init__(self, exact: bool = False) -> None:
        super().__init__()
        self._exact = exact

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Decompose, forecast the trend and add the seasons."""
        seasons = [s for s in (window.day, window.week) if len(window.filled) >= 2 * s]
        if not seasons:
            raise NoForecast("fewer than two seasons")
        jump = max(1, round(window.day / 10))
        options = {} if self._exact else {"trend_jump": jump, "low_pass_jump": jump}
        model = MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN"), stl_kwargs=options)
        self.fits += 1
        return upper_bounds(model, window.filled, window.horizon, taus)


class Theta(Forecaster):
    """AutoTheta with a season of one day over the last THETA_DAYS days."""

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Fit and forecast; all four theta models compete, as by default."""
        self.fits += 1
        values = window.filled[-THETA_DAYS * window.day :]
        return upper_bounds(AutoTheta(season_length=window.day), values, window.horizon, taus)


class Ces(Forecaster):
    """AutoCES (complex exponential smoothing) with a season of one day over the last CES_DAYS days."""

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Fit and forecast; all seasonal forms compete, as by default."""
        self.fits += 1
        values = window.filled[-CES_DAYS * window.day :]
        return upper_bounds(AutoCES(season_length=window.day), values, window.horizon, taus)
