"""Time a fit and 24-hour forecast of each peer on the same 28 days: one thread, one peer after the other."""

from __future__ import annotations

import platform
import statistics
import time
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from peers.forecaster import tidy
from peers.protocol import Protocol, Series, Window
from peers.registry import Peer
from peers.runner import cpu_time, describe, library_versions, say, write

PROTOCOL = Protocol(horizon_seconds=86_400, context_seconds=28 * 86_400, quantiles=(0.5, 0.9, 0.95, 0.99))


def last_window(path: Path) -> Window:
    """Read a series and return its last 28 days."""
    times = pd.read_csv(path, usecols=["timestamp"])["timestamp"].to_numpy(np.int64)
    step = int(np.median(np.diff(times)))
    series = Series.read(path, path.name.split(".")[0], step)
    return series.window(series.start + step * (len(series.values) - 1), PROTOCOL)


def measure(path: Path, peers: Iterable[Peer], repeat: int, out: Path) -> None:
    """Write the seconds of every repetition, each from a fresh forecaster, and their median."""
    window = last_window(path)
    results: dict[str, Any] = {}
    for peer in peers:
        make = peer.loader()
        seconds: list[float] = []
        cpu_seconds: list[float] = []
        error = None
        for _ in range(repeat):
            forecaster, start, cpu = make(), time.perf_counter(), cpu_time()
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    tidy(forecaster.forecast(window, PROTOCOL.quantiles))
            except Exception as err:  # reported beside the other peers' times
                error = describe(err)
                break
            seconds.append(time.perf_counter() - start)
            cpu_seconds.append(cpu_time() - cpu)
        results[peer.name] = {
            "version": peer.version,
            "library_versions": library_versions(peer),
            "median_seconds": statistics.median(seconds) if seconds else None,
            "min_seconds": min(seconds, default=None),
            "median_cpu_seconds": round(statistics.median(cpu_seconds), 4) if seconds else None,
            "seconds": [round(s, 4) for s in seconds],
            "error": error,
        }
        say(f"{peer.name}: {error or f'{statistics.median(seconds):.3f} s'}")
    write(
        out,
        {
            "file": path.name,
            "points": len(window.values),
            "step": window.step,
            "horizon": window.horizon,
            "repeat": repeat,
            "threads": 1,
            "cpu": cpu_model(),
            "date": datetime.now(UTC).date().isoformat(),
            "peers": results,
        },
    )


def cpu_model() -> str:
    """Return the processor's name where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
