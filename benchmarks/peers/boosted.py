"""LightGBM as a direct multi-horizon quantile regressor on the features of Highwater's own ridge.

One model per quantile, with the horizon as a feature, predicts the difference from the seasonal anchor
(a decaying mean of the same time on the last seven days). Trained afresh at every origin on past origins of
the context only. LightGBM takes missing features as they are, so gaps are not filled.
"""

from __future__ import annotations

import lightgbm
import numpy as np

from peers.forecaster import Forecaster
from peers.protocol import DAY_SECONDS, Window

LEVEL_SECONDS = (300, 900, 3600, 10_800, 86_400)
RECENT_SECONDS = (900, 3600, 10_800)
GRID_MINUTES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, *range(360, 1441, 120))
MAX_ROWS = 40_000
ANCHOR_DAYS = 7
ANCHOR_DECAY = 0.8
PARAMETERS = {
    "objective": "quantile",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 400,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "num_threads": 1,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
ROUNDS = 150


class Boosted(Forecaster):
    """LightGBM with the quantile objective, one booster per quantile."""

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Train on the context and predict every step of the horizon."""
        lags = Lags(window)
        origins, horizons = training_rows(window)
        features, anchor = lags.features(origins, horizons)
        target = window.values[origins + horizons] - anchor
        usable = np.isfinite(target)
        if usable.sum() < 100:
            raise ValueError("fewer than 100 training rows")
        data = lightgbm.Dataset(features[usable], target[usable], params=PARAMETERS, free_raw_data=False)
        now = np.full(window.horizon, len(window.values) - 1)
        ahead, base = lags.features(now, np.arange(1, window.horizon + 1))
        columns = []
        for tau in taus:
            booster = lightgbm.train(PARAMETERS | {"alpha": tau}, data, num_boost_round=ROUNDS)
            columns.append(base + booster.predict(ahead))
        self.fits += 1
        return np.stack(columns, axis=1)


def training_rows(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of past origin and horizon: the grid of horizons, origins evenly over the context."""
    horizons = sorted({max(1, round(minutes * 60 / window.step)) for minutes in GRID_MINUTES})
    horizons = [h for h in horizons if h <= window.horizon]
    n, first = len(window.values), min(window.day, len(window.values) // 2)
    stride = max(1, round((n - first) * len(horizons) / MAX_ROWS))
    origins = [np.arange(first + i % stride, n - h, stride) for i, h in enumerate(horizons)]
    return np.concatenate(origins), np.concatenate(
        [np.full(len(o), h) for o, h in zip(origins, horizons, strict=True)]
    )


class Lags:
    """Features at (origin, horizon) pairs; nothing after the origin is ever read."""

    def __init__(self, window: Window) -> None:
        """Prepare prefix sums over known values, so that any mean over a range costs the same."""
        self._window = window
        self._sums = np.concatenate([[0.0], np.cumsum(np.nan_to_num(window.values))])
        self._counts = np.concatenate([[0], np.cumsum(window.known)])

    def _mean(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Mean of the known values from ``low`` to ``high``, both included; NaN if there is none."""
        a = np.clip(low, 0, None)
        b = np.maximum(high + 1, a)
        b, a = np.clip(b, 0, len(self._window.values)), np.clip(a, 0, len(self._window.values))
        count = self._counts[b] - self._counts[a]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count > 0, (self._sums[b] - self._sums[a]) / count, np.nan)

    def _around(self, centre: np.ndarray, reach: int, origin: np.ndarray) -> np.ndarray:
        return self._mean(centre - reach, np.minimum(centre + reach, origin))

    def _decayed(self, means: list[np.ndarray]) -> np.ndarray:
        """Mean of daily values, newest first, with weight 0.8 per day of age; missing days carry none."""
        stacked = np.array(means)
        weights = ANCHOR_DECAY ** np.arange(len(means))[:, None] * np.isfinite(stacked)
        total = weights.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, (weights * np.nan_to_num(stacked)).sum(axis=0) / total, np.nan)

    def features(self, origin: np.ndarray, horizon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the feature matrix and the anchor that the target is taken relative to."""
        w = self._window
        day, target = w.day, origin + horizon
        days = range(1, ANCHOR_DAYS + 1)
        spans = sorted({max(1, s // w.step) for s in LEVEL_SECONDS})
        level = {k: self._mean(origin - k + 1, origin) for k in spans}
        anchor = self._decayed([self._around(target - d * day, 1, origin) for d in days])
        anchor = np.where(np.isfinite(anchor), anchor, level[day])
        anchor = np.where(np.isfinite(anchor), anchor, np.nanmean(w.values))
        time = w.times[0] + w.step * target
        second = time % DAY_SECONDS
        columns = [v - anchor for v in level.values()]
        for k in sorted({max(1, s // w.step) for s in RECENT_SECONDS}):
            usual = self._decayed([self._mean(origin - k + 1 - d * day, origin - d * day) for d in days])
            columns.append(self._mean(origin - k + 1, origin) - usual)
        wide = max(1, 1800 // w.step)
        columns += [
            self._around(target - day, 1, origin) - anchor,
            self._around(target - day, wide, origin) - anchor,
            self._around(target - 2 * day, 1, origin) - anchor,
            self._around(target - w.week, 1, origin) - anchor,
            self._around(origin - w.week, 1, origin) - level[spans[0]],
            level[spans[0]] - self._mean(origin - 2 * wide, origin - wide),
            anchor,
            second,
            (time // DAY_SECONDS + 3) % 7,
            horizon,
        ]
        return np.stack(columns, axis=1), anchor
