"""Crane's DSP predictor, written anew from its published behaviour.

The steps are those of gocrane/crane's ``prediction/dsp``: drop what precedes a gap of over an hour, fill
smaller gaps linearly, replace extremes, find the period by a periodogram against shuffled series and by the
autocorrelation, choose the FFT filter and margin that would have forecast the last period best, and repeat
the filtered last period. Only a period of exactly one day or one week is accepted; otherwise Crane gives no
forecast, and neither does this peer. Crane has no quantiles: they are the empirical quantiles of the errors
that the same procedure would have made at every earlier whole-day cut inside the context.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peers.forecaster import Forecaster, NoForecast
from peers.protocol import Window

HISTORY_SECONDS = 15 * 86_400 + 3600
MAX_GAP_SECONDS = 3600
SHUFFLES = 100
PEAK_SECONDS = 4 * 3600
HIGH_FREQUENCY = 1 / 3600
MAX_ITEMS = 100
FLOOR = 0.01
MIN_BACKTEST_CYCLES = 2


@dataclass(frozen=True)
class Filter:
    """One of Crane's default FFT estimators."""

    min_items: int
    low_amplitude: float
    margin: float

    def estimate(self, history: np.ndarray, cycle: int, step: int) -> np.ndarray:
        """Return the last cycle of ``history`` after the weak high frequencies are removed, plus the margin.

        Frequencies run up to the sampling rate, as in the original: the mirrored half counts as high.
        """
        n = len(history)
        spectrum = np.fft.fft(history)
        amplitude = np.abs(spectrum) / n
        ordered = np.sort(amplitude[1 : n // 2])[::-1]
        least = max(ordered[min(MAX_ITEMS, len(ordered)) - 1], self.low_amplitude)
        if len(ordered) >= self.min_items:
            least = min(least, ordered[self.min_items - 1])
        frequency = np.arange(n) / (n * step)
        spectrum[(amplitude < least) & (frequency > HIGH_FREQUENCY)] = 0
        last = np.fft.ifft(spectrum).real[-cycle:]
        return np.where(last <= 0, FLOOR, last) * (1 + self.margin)


FILTERS = tuple(
    Filter(items, low, margin) for items, low in ((3, 1.0), (50, 0.05)) for margin in (0.01, 0.10, 0.15, 0.20)
)


class CraneDSP(Forecaster):
    """Crane's DSP over the last 15 days and one hour, refitted at every origin."""

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Repeat the filtered last period and add the pooled quantiles of the procedure's own errors."""
        history = prepare(window)
        cycle = find_cycle(history, window)
        history = history[len(history) % cycle :]
        if len(history) // cycle < 2:
            raise NoForecast("fewer than two periods")
        chosen = choose(history, cycle, window.step)
        self.fits += 1
        point = np.resize(chosen.estimate(history, cycle, window.step), window.horizon)
        return point[:, None] + np.quantile(backtest(history, cycle, window), taus)


def prepare(window: Window) -> np.ndarray:
    """Clean the history as Crane does, down to a whole number of hours."""
    values = window.values[-(HISTORY_SECONDS // window.step) :]
    known = np.flatnonzero(np.isfinite(values))
    breaks = np.flatnonzero(np.diff(known) * window.step > MAX_GAP_SECONDS)
    first = known[breaks[-1] + 1] if len(breaks) else known[0]
    known = known[known >= first]
    filled = np.interp(np.arange(first, len(values)), known, values[known])
    hour = max(1, 3600 // window.step)
    filled = filled[len(filled) % hour :]
    if len(filled) == 0:
        raise NoForecast("less than one hour without a gap")
    low, high = np.percentile(filled, [0.1, 99.9])
    for i in range(1, len(filled)):
        if not low <= filled[i] <= high:
            filled[i] = filled[i - 1]
    return filled


def find_cycle(history: np.ndarray, window: Window) -> int:
    """Return the period in steps, one day or one week, or raise NoForecast."""
    day, week = window.day, window.week
    unit = week if len(history) >= 2 * week else day
    if len(history) < 2 * unit:
        raise NoForecast("fewer than two days without a gap of over an hour")
    x = history[len(history) % unit :]
    n = len(x)
    if np.ptp(x) == 0:
        raise NoForecast("constant history")
    random = np.random.default_rng(0)
    shuffled = random.permuted(np.tile(x, (SHUFFLES, 1)), axis=1)
    strongest = np.abs(np.fft.rfft(shuffled, axis=1))[:, 1 : n // 2].max(axis=1)
    threshold = np.sort(strongest)[SHUFFLES - 2]
    power = np.abs(np.fft.rfft(x))
    hints = list(dict.fromkeys(n // k for k in range(2, n // 2) if power[k] > threshold))
    z = (x - x.mean()) / x.std()
    correlation = np.fft.ifft(np.abs(np.fft.fft(z)) ** 2).real / n
    best, height = 0, 0.0
    for period in hints:
        reach = min(PEAK_SECONDS // window.step, period // 2)
        if correlation[period] > height and is_peak(correlation, period, reach):
            best, height = period, float(correlation[period])
    if best not in (day, week):
        found = f"{best * window.step} s" if best else "none"
        raise NoForecast(f"not periodic: period found is {found}, Crane accepts one day or one week")
    return best


def is_peak(x: np.ndarray, i: int, reach: int) -> bool:
    """Tell whether ``x`` rises, by least squares, up to ``i`` and falls after it."""
    if reach < 1 or i < 1:
        return False
    left, right = x[max(0, i - reach) : i + 1], x[i : i + reach + 1]
    if len(right) < 2:
        return False
    return slope(left) > 0 > slope(right)


def slope(y: np.ndarray) -> float:
    """Return the least-squares slope of ``y`` against its index."""
    t = np.arange(len(y)) - (len(y) - 1) / 2
    return float(t @ y / (t @ t))


def choose(history: np.ndarray, cycle: int, step: int) -> Filter:
    """Return the filter that would have forecast the last cycle best by Crane's asymmetric error."""
    past, actual = history[:-cycle], history[-cycle:]
    return min(FILTERS, key=lambda f: asymmetric_error(actual, f.estimate(past, cycle, step)))


def asymmetric_error(actual: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean relative error, under-prediction amplified; absolute error if a value is near 0."""
    if (actual < 1e-3).any():
        return float(np.abs(actual - predicted).mean())
    relative = (predicted - actual) / actual
    short = np.clip(-relative, 0, 1 - 1e-12)
    return float(np.where(relative < 0, -np.log1p(-short) / np.log(1.25), relative).mean())


def backtest(history: np.ndarray, cycle: int, window: Window) -> np.ndarray:
    """Return actual minus forecast over the day after each whole-day cut with enough cycles before it.

    With only two cycles there is no such cut; then the second is forecast by the first, unfiltered.
    """
    day, errors = window.day, []
    for cut in range(len(history) - day, MIN_BACKTEST_CYCLES * cycle - 1, -day):
        past = history[cut % cycle : cut]
        chosen = choose(past, cycle, window.step)
        errors.append(history[cut : cut + day] - chosen.estimate(past, cycle, window.step)[:day])
    if not errors:
        errors.append(history[cycle:] - history[:-cycle])
    return np.concatenate(errors)
