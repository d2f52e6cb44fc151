"""Run peers over an input folder, one part file per series, so that a cut run resumes where it stopped."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from peers.forecaster import Forecaster, tidy
from peers.protocol import Inputs, Origin, Window
from peers.registry import Peer

HEADER = "series,origin,time,quantile,value\n"
PYTHON = sys.version.split()[0]


@dataclass(frozen=True)
class Options:
    """What the command line asked for; ``origins`` is auto (as the peer's speed allows), all or slow."""

    out: Path
    origins: str = "auto"
    max_origins: int | None = None
    force: bool = False


@dataclass
class Part:
    """What became of one series."""

    input: str
    origins: int = 0
    forecasts: int = 0
    fits: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    fit_seconds: list[float] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)


def run(inputs: Inputs, peers: Iterable[Peer], options: Options) -> None:
    """Run each peer over all series and write ``PEER.csv.gz`` and ``PEER.json``."""
    options.out.mkdir(parents=True, exist_ok=True)
    for peer in peers:
        run_peer(inputs, peer, options)


def run_peer(inputs: Inputs, peer: Peer, options: Options) -> None:
    """Run one peer, or leave it alone when its output for the same input exists."""
    kind = ("slow" if peer.slow else "all") if options.origins == "auto" else options.origins
    chosen = {name: choose(rows, kind, options.max_origins) for name, rows in inputs.origins.items()}
    chosen = {name: rows for name, rows in chosen.items() if rows}
    keys = {name: fingerprint(inputs, peer, name, rows) for name, rows in chosen.items()}
    whole = hashlib.sha256("".join(keys.values()).encode()).hexdigest()
    report = options.out / f"{peer.name}.json"
    forecasts = options.out / f"{peer.name}.csv.gz"
    if not options.force and forecasts.exists() and read(report).get("input") == whole:
        say(f"{peer.name}: up to date")
        return
    folder = options.out / "parts" / peer.name
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(len(rows) for rows in chosen.values())
    say(f"{peer.name}: {total} origins ({kind}) of {len(chosen)} series")
    load: Callable[[], Forecaster] | None = None
    parts: dict[str, Part] = {}
    done = 0
    for name, rows in chosen.items():
        kept = read(folder / f"{name}.json")
        fresh = not options.force and kept.get("input") == keys[name] and (folder / f"{name}.csv.gz").exists()
        if fresh:
            parts[name] = Part(**kept)
        else:
            load = load or peer.loader()
            parts[name] = run_series(inputs, name, rows, load(), keys[name], folder)
        done += len(rows)
        part = parts[name]
        note = "kept" if fresh else f"{part.seconds:.1f} s"
        failed = f", {len(part.failed)} without a forecast" if part.failed else ""
        say(f"{peer.name}: {done}/{total} {name}: {part.origins} origins, {note}{failed}")
    with replacing(forecasts) as temporary, temporary.open("wb") as out:
        out.write(gzip.compress(HEADER.encode(), mtime=0))
        for name in chosen:
            out.write((folder / f"{name}.csv.gz").read_bytes())
    write(report, summary(peer, kind, whole, parts))


def run_series(
    inputs: Inputs, name: str, origins: list[Origin], forecaster: Forecaster, key: str, folder: Path
) -> Part:
    """Forecast one series at its origins in order and write its part."""
    protocol = inputs.protocol
    series = inputs.series(name)
    part = Part(key, origins=len(origins))
    buffer = io.StringIO()
    for origin in origins:
        window = series.window(origin.time, protocol)
        fits, start, cpu = forecaster.fits, time.perf_counter(), cpu_time()
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                quantiles = tidy(forecaster.forecast(window, protocol.quantiles))
        except Exception as err:  # any failure of a peer is a result to record, not a reason to stop
            part.failed.append({"series": name, "origin": origin.time, "error": describe(err)})
        else:
            part.forecasts += 1
            append(buffer, window, protocol.quantiles, quantiles)
        spent = time.perf_counter() - start
        part.seconds += spent
        part.cpu_seconds += cpu_time() - cpu
        if forecaster.fits > fits:
            part.fit_seconds.append(round(spent, 4))
    part.fits = forecaster.fits
    with replacing(folder / f"{name}.csv.gz") as temporary:
        temporary.write_bytes(gzip.compress(buffer.getvalue().encode(), compresslevel=6, mtime=0))
    write(folder / f"{name}.json", asdict(part))
    return part


def append(buffer: io.StringIO, window: Window, taus: tuple[float, ...], quantiles: np.ndarray) -> None:
    """Write one forecast as rows of time and quantile."""
    head = f"{window.series},{window.origin},"
    for at, row in zip(window.target_times.tolist(), quantiles.tolist(), strict=True):
        buffer.writelines(f"{head}{at},{tau},{value:.7g}\n" for tau, value in zip(taus, row, strict=True))


def choose(origins: tuple[Origin, ...], kind: str, limit: int | None) -> list[Origin]:
    """Take the origins of a kind and, if there is a limit, that many of them evenly over time."""
    rows = [origin for origin in origins if kind == "all" or origin.slow]
    if limit is not None and len(rows) > limit:
        rows = [rows[i] for i in np.linspace(0, len(rows) - 1, limit).round().astype(int)]
    return rows


def fingerprint(inputs: Inputs, peer: Peer, name: str, origins: list[Origin]) -> str:
    """Hash everything that determines a series' forecasts by a peer."""
    digest = hashlib.sha256(inputs.path(name).read_bytes())
    facts = {
        "peer": peer.name,
        "version": peer.version,
        "libraries": library_versions(peer),
        "protocol": asdict(inputs.protocol),
        "origins": [(origin.step, origin.time) for origin in origins],
    }
    digest.update(json.dumps(facts, sort_keys=True).encode())
    return digest.hexdigest()


def library_versions(peer: Peer) -> dict[str, str]:
    """Return the installed versions of the libraries that a peer rests on."""
    return {"python": PYTHON} | {library: version(library) for library in peer.libraries}


def summary(peer: Peer, kind: str, whole: str, parts: dict[str, Part]) -> dict[str, Any]:
    """Return the content of ``PEER.json``."""
    seconds = [s for part in parts.values() for s in part.fit_seconds]
    return {
        "peer": peer.name,
        "version": peer.version,
        "library_versions": library_versions(peer),
        "input": whole,
        "origins": kind,
        "origins_tried": sum(part.origins for part in parts.values()),
        "origins_forecast": sum(part.forecasts for part in parts.values()),
        "refit": peer.refit,
        "fits": sum(part.fits for part in parts.values()),
        "seconds_fit_forecast_median": round(statistics.median(seconds), 4) if seconds else None,
        "seconds_total": round(sum(part.seconds for part in parts.values()), 2),
        "cpu_seconds_total": round(sum(part.cpu_seconds for part in parts.values()), 2),
        "failed": [failure for part in parts.values() for failure in part.failed],
    }


def cpu_time() -> float:
    """Return the processor seconds of this process and of the children it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def describe(err: Exception) -> str:
    """Return an error in one line."""
    text = " ".join(str(err).split())
    return f"{type(err).__name__}: {text}"[:300]


class replacing:  # noqa: N801  (reads as a verb, like contextlib's managers)
    """Write to a temporary file that takes the target's place only when all went well."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._temporary = target.with_name(target.name + ".tmp")

    def __enter__(self) -> Path:
        return self._temporary

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._temporary.replace(self._target)
        else:
            self._temporary.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """Read a JSON object; what is missing or broken counts as empty, so that it is made again."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")


def say(text: str) -> None:
    """Show progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
