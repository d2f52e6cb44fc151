"""Tests of the contract: ``PYTHONPATH=benchmarks VENV/bin/python -m unittest peers.test_peers``."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from peers.crane import CraneDSP
from peers.forecaster import NoForecast, residual_quantiles
from peers.protocol import Inputs, Window, fill_gaps
from peers.registry import PEERS, select
from peers.runner import Options, run, run_peer

STEP, DAY = 3600, 24
TAUS = (0.5, 0.9, 0.95, 0.99)


def load(days: int, seed: int = 0) -> np.ndarray:
    """Return an hourly load with a daily wave, a quieter weekend and noise."""
    hours = np.arange(days * DAY)
    weekend = np.where(hours // DAY % 7 >= 5, 0.7, 1.0)
    noise = np.random.default_rng(seed).normal(0, 3, len(hours))
    return 100 * weekend * (1.5 + np.sin(2 * np.pi * hours / DAY)) + noise + 10


def window(values: np.ndarray) -> Window:
    """Return a window that ends on a whole step."""
    return Window("s", STEP, 1_700_000_000 // STEP * STEP, values, DAY)


def write_inputs(folder: Path, values: np.ndarray) -> None:
    """Write an input folder with one series, three origins (one of them slow) and a gap."""
    (folder / "series").mkdir(parents=True)
    rows = [f"{i * STEP},{v}" for i, v in enumerate(values) if not 200 <= i < 230]
    (folder / "series" / "s.csv").write_text("timestamp,value\n" + "\n".join(rows) + "\n")
    origins = [f"s,{STEP},{i * STEP},{int(i == 400)}" for i in (390, 400, 410)]
    (folder / "origins.csv").write_text("series,step,origin,slow\n" + "\n".join(origins) + "\n")
    protocol = {"horizon_seconds": 86400, "context_seconds": 2419200, "quantiles": list(TAUS)}
    (folder / "protocol.json").write_text(json.dumps(protocol))


class Protocols(unittest.TestCase):
    """Reading the inputs."""

    def test_gap_takes_yesterday_then_line(self) -> None:
        values = np.array([1.0, np.nan, 3.0, 4.0, np.nan, np.nan, 7.0, 8.0])
        np.testing.assert_allclose(fill_gaps(values, 4), [1, 2, 3, 4, 1, 4, 7, 8])

    def test_window_ends_at_origin_and_is_no_longer_than_the_context(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_inputs(folder, np.arange(900.0))
            inputs = Inputs.read(folder)
            cut = inputs.series("s").window(800 * STEP, inputs.protocol)
            self.assertEqual((cut.values[-1], len(cut.values)), (800.0, 28 * DAY))
            self.assertEqual(cut.target_times[0], 801 * STEP)

    def test_residual_quantiles_by_column(self) -> None:
        residuals = np.array([[0.0, np.nan], [1.0, np.nan], [2.0, np.nan]])
        np.testing.assert_allclose(residual_quantiles(residuals, (0.5,)), [[1.0], [1.0]])


class Forecasts(unittest.TestCase):
    """Every peer on easy and on awkward series."""

    def test_no_peer_reads_the_future_or_disorders_quantiles(self) -> None:
        values = load(40)
        values[300:310] = np.nan
        for peer in select(None):
            with self.subTest(peer.name), tempfile.TemporaryDirectory() as name:
                known, spoiled = Path(name) / "a", Path(name) / "b"
                write_inputs(known, values)
                changed = values.copy()
                changed[411:] = 1e6
                write_inputs(spoiled, changed)
                results = []
                for folder in (known, spoiled):
                    with contextlib.redirect_stderr(io.StringIO()):
                        run_peer(Inputs.read(folder), peer, Options(folder / "out", origins="all"))
                    self.assertEqual(
                        json.loads((folder / "out" / f"{peer.name}.json").read_text())["failed"], []
                    )
                    results.append(gzip.decompress((folder / "out" / f"{peer.name}.csv.gz").read_bytes()))
                rows = [line.split(",") for line in results[0].decode().splitlines()[1:]]
                self.assertEqual(len(rows), 3 * DAY * len(TAUS))
                forecast = np.array([float(row[4]) for row in rows]).reshape(-1, len(TAUS))
                self.assertTrue((np.diff(forecast, axis=1) >= 0).all() and (forecast >= 0).all())
                actual = np.concatenate([values[i + 1 : i + 1 + DAY] for i in (390, 400, 410)])
                error = np.abs(forecast[:, 0] - actual).mean() / actual.mean()
                self.assertLess(error, 0.35, "the median misses an easy series")
                self.assertEqual(results[0], results[1], "the forecast changes with values after its origin")

    def test_crane_declines_noise_and_finds_a_day(self) -> None:
        noise = np.random.default_rng(1).uniform(1, 2, 14 * DAY)
        with self.assertRaises(NoForecast):
            CraneDSP().forecast(window(noise), TAUS)
        wave = 10 + np.sin(2 * np.pi * np.arange(14 * DAY) / DAY) + noise / 100
        median = CraneDSP().forecast(window(wave), TAUS)[:, 0]
        np.testing.assert_allclose(median, wave[-DAY:], rtol=0.02)


class Runs(unittest.TestCase):
    """Resuming, slow sets and failures."""

    def test_slow_peer_runs_on_slow_origins_and_repeats_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()) as shown:
            folder = Path(name)
            write_inputs(folder, load(40))
            peer = next(peer for peer in PEERS if peer.name == "auto_ces")
            for _ in range(2):
                run(Inputs.read(folder), [peer], Options(folder / "out"))
            report = json.loads((folder / "out" / "auto_ces.json").read_text())
            self.assertEqual((report["origins"], report["fits"]), ("slow", 1))
            self.assertIn("auto_ces: up to date", shown.getvalue())

    def test_failure_is_recorded_without_rows(self) -> None:
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
            folder = Path(name)
            write_inputs(folder, np.full(960, 5.0))
            run(Inputs.read(folder), select("crane_dsp"), Options(folder / "out"))
            report = json.loads((folder / "out" / "crane_dsp.json").read_text())
            self.assertEqual([f["origin"] for f in report["failed"]], [i * STEP for i in (390, 400, 410)])
            self.assertIn("constant", report["failed"][0]["error"])
            rows = gzip.decompress((folder / "out" / "crane_dsp.csv.gz").read_bytes())
            self.assertEqual(rows, b"series,origin,time,quantile,value\n")


if __name__ == "__main__":
    unittest.main()
