"""Meta's Prophet with its defaults; quantiles are those of its predictive samples."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd

from peers.forecaster import Forecaster
from peers.protocol import Window

logging.getLogger("prophet.plot").disabled = True  # else its import tells that plotly is missing

from prophet import Prophet  # noqa: E402  (after the line above)

for noisy in ("cmdstanpy", "prophet"):
    logging.getLogger(noisy).disabled = True


class ProphetDefault(Forecaster):
    """``Prophet()``: linear trend, 25 changepoints, a daily season, from two weeks of data on a weekly one.

    Gaps stay gaps, which Prophet takes. The 1000 predictive samples are its default.
    """

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Fit by L-BFGS and take the quantiles of the predictive samples."""
        np.random.seed(0)
        known = window.known
        history = pd.DataFrame(
            {"ds": pd.to_datetime(window.times[known], unit="s"), "y": window.values[known]}
        )
        model = Prophet()
        model.fit(history, seed=0)
        self.fits += 1
        future = pd.DataFrame({"ds": pd.to_datetime(window.target_times, unit="s")})
        samples = np.asarray(model.predictive_samples(future)["yhat"])
        return np.quantile(samples, taus, axis=1).T
