"""The interface of a peer and the quantile arithmetic that several peers share."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from peers.protocol import Window


class NoForecast(Exception):  # noqa: N818  (an outcome, not an error)
    """The peer declines to forecast here, as the original would; the message is its reason."""


class Forecaster(ABC):
    """One peer at work on one series, whose origins it sees in order of time."""

    def __init__(self) -> None:
        """Start without any model; ``fits`` counts the models trained since."""
        self.fits = 0

    @abstractmethod
    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Return the quantiles ``taus`` of each of the next ``window.horizon`` steps, one row per step."""


def tidy(quantiles: np.ndarray) -> np.ndarray:
    """Make quantiles usable for a load: finite or an error, never negative, ordered in tau."""
    if not np.isfinite(quantiles).all():
        raise ValueError("forecast is not finite")
    return np.sort(np.clip(quantiles, 0.0, None), axis=1)


def residual_quantiles(residuals: np.ndarray, taus: tuple[float, ...]) -> np.ndarray:
    """Return the empirical quantiles of ``residuals`` per column (one column per horizon), NaN left out.

    A column without any residual takes those of all columns together.
    """
    pooled = np.nanquantile(residuals, taus)
    known = np.isfinite(residuals)
    if known.all():
        return np.quantile(residuals, taus, axis=0).T
    rows = [
        np.quantile(column[mask], taus) if mask.any() else pooled
        for column, mask in zip(residuals.T, known.T, strict=True)
    ]
    return np.array(rows)
