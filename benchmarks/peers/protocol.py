"""What the benchmark hands to a peer: series, forecast origins and the protocol's constants.

The Go side writes ``series/NAME.csv``, ``origins.csv`` and ``protocol.json``; nothing here interprets the
values beyond putting them on their regular grid, with NaN where a row is missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Protocol:
    """The constants of one benchmark run."""

    horizon_seconds: int
    context_seconds: int
    quantiles: tuple[float, ...]

    @classmethod
    def read(cls, path: Path) -> Protocol:
        """Read ``protocol.json``."""
        raw = json.loads(path.read_text())
        return cls(int(raw["horizon_seconds"]), int(raw["context_seconds"]), tuple(sorted(raw["quantiles"])))


@dataclass(frozen=True)
class Origin:
    """One moment at which a forecast is made; ``slow`` marks the subset that slow peers are scored on."""

    series: str
    step: int
    time: int
    slow: bool


@dataclass(frozen=True)
class Window:
    """Everything a peer may know at one origin.

    ``values`` lies on a regular grid of ``step`` seconds that ends at ``origin``; NaN is a gap. It starts at
    the first known value within the protocol's context.
    """

    series: str
    step: int
    origin: int
    values: np.ndarray
    horizon: int

    @property
    def day(self) -> int:
        """Number of steps in one day."""
        return DAY_SECONDS // self.step

    @property
    def week(self) -> int:
        """Number of steps in one week."""
        return 7 * self.day

    @property
    def known(self) -> np.ndarray:
        """Mask of the values that were observed."""
        return np.isfinite(self.values)

    @property
    def times(self) -> np.ndarray:
        """Unix seconds of ``values``."""
        return self.origin - self.step * np.arange(len(self.values) - 1, -1, -1, dtype=np.int64)

    @property
    def target_times(self) -> np.ndarray:
        """Unix seconds of the steps to forecast."""
        return self.origin + self.step * np.arange(1, self.horizon + 1, dtype=np.int64)

    @cached_property
    def filled(self) -> np.ndarray:
        """``values`` without gaps: see :func:`fill_gaps`."""
        return fill_gaps(self.values, self.day)


def fill_gaps(values: np.ndarray, day: int) -> np.ndarray:
    """Fill gaps with the value of the same time one day earlier, and what is then left linearly.

    Earlier fills count as values, so that a gap of several days repeats the last known day. Edges take the
    nearest known value.
    """
    filled = values.astype(float).copy()
    missing = ~np.isfinite(filled)
    for i in np.flatnonzero(missing):
        if i >= day:
            filled[i] = filled[i - day]
    known = np.isfinite(filled)
    if not known.any():
        raise ValueError("no known value in the context")
    index = np.arange(len(filled))
    return np.interp(index, index[known], filled[known])


@dataclass(frozen=True)
class Series:
    """One load series on its grid."""

    name: str
    step: int
    start: int
    values: np.ndarray

    @classmethod
    def read(cls, path: Path, name: str, step: int) -> Series:
        """Read ``timestamp,value`` rows and put them on the grid of ``step`` seconds."""
        frame = pd.read_csv(path, usecols=["timestamp", "value"]).dropna().sort_values("timestamp")
        times = frame["timestamp"].to_numpy(np.int64)
        if len(times) == 0:
            raise ValueError(f"series {name}: no rows in {path}")
        index = (times - times[0]) // step
        if ((times - times[0]) % step).any():
            raise ValueError(f"series {name}: timestamps are off the grid of {step} s")
        values = np.full(int(index[-1]) + 1, np.nan)
        values[index] = frame["value"].to_numpy(float)
        return cls(name, step, int(times[0]), values)

    def window(self, origin: int, protocol: Protocol) -> Window:
        """Cut what is known at ``origin``: values up to and including it, no older than the context."""
        end = (origin - self.start) // self.step + 1
        if (origin - self.start) % self.step or not 0 < end <= len(self.values):
            raise ValueError(f"series {self.name}: origin {origin} is not on the grid")
        begin = max(0, end - protocol.context_seconds // self.step)
        values = self.values[begin:end]
        known = np.flatnonzero(np.isfinite(values))
        if len(known) == 0:
            raise ValueError(f"series {self.name}: nothing known at {origin}")
        return Window(self.name, self.step, origin, values[known[0] :], protocol.horizon_seconds // self.step)


@dataclass(frozen=True)
class Inputs:
    """A benchmark's input folder."""

    folder: Path
    protocol: Protocol
    origins: dict[str, tuple[Origin, ...]]

    @classmethod
    def read(cls, folder: Path) -> Inputs:
        """Read the protocol and the origins; series are read one at a time by :meth:`series`."""
        frame = pd.read_csv(folder / "origins.csv")
        origins: dict[str, list[Origin]] = {}
        for row in frame.itertuples(index=False):
            origin = Origin(str(row.series), int(row.step), int(row.origin), bool(int(row.slow)))
            origins.setdefault(origin.series, []).append(origin)
        ordered = {name: tuple(sorted(rows, key=lambda o: o.time)) for name, rows in sorted(origins.items())}
        return cls(folder, Protocol.read(folder / "protocol.json"), ordered)

    def path(self, name: str) -> Path:
        """Path of a series' file."""
        return self.folder / "series" / f"{name}.csv"

    def series(self, name: str) -> Series:
        """Read one series."""
        return Series.read(self.path(name), name, self.origins[name][0].step)
