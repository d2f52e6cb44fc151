"""The list of peers: how each is made, which origins it is run on and how often it is refitted."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from peers.forecaster import Forecaster


@dataclass(frozen=True)
class Peer:
    """One rival. ``version`` is raised whenever its forecasts change, so that stale output is not reused."""

    name: str
    module: str
    factory: str
    options: tuple[tuple[str, object], ...]
    slow: bool
    default: bool
    version: str
    refit: str
    libraries: tuple[str, ...]

    def loader(self) -> Callable[[], Forecaster]:
        """Import the peer's libraries and return what makes a fresh forecaster for one series."""
        made = getattr(importlib.import_module(self.module), self.factory)
        return partial(made, **dict(self.options))


EVERY = "at every origin"

PEERS = (
    Peer(
        name="phpa_holt_winters",
        module="peers.holt_winters",
        factory="HoltWinters",
        options=(),
        slow=False,
        default=True,
        version="1",
        refit=EVERY + "; smoothing parameters retuned once a day",
        libraries=("statsmodels", "numpy", "scipy"),
    ),
    Peer(
        name="crane_dsp",
        module="peers.crane",
        factory="CraneDSP",
        options=(),
        slow=False,
        default=True,
        version="1",
        refit=EVERY,
        libraries=("numpy",),
    ),
    Peer(
        name="mstl_autoets",
        module="peers.nixtla",
        factory="MstlAutoEts",
        options=(),
        slow=True,
        default=True,
        version="1",
        refit=EVERY,
        libraries=("statsforecast", "statsmodels", "numpy", "scipy"),
    ),
    Peer(
        name="mstl_autoets_exact",
        module="peers.nixtla",
        factory="MstlAutoEts",
        options=(("exact", True),),
        slow=True,
        default=False,
        version="1",
        refit=EVERY,
        libraries=("statsforecast", "statsmodels", "numpy", "scipy"),
    ),
    Peer(
        name="auto_theta",
        module="peers.nixtla",
        factory="Theta",
        options=(),
        slow=True,
        default=True,
        version="1",
        refit=EVERY,
        libraries=("statsforecast", "numpy", "scipy"),
    ),
    Peer(
        name="auto_ces",
        module="peers.nixtla",
        factory="Ces",
        options=(),
        slow=True,
        default=True,
        version="1",
        refit=EVERY,
        libraries=("statsforecast", "numpy", "scipy"),
    ),
    Peer(
        name="prophet",
        module="peers.prophet_peer",
        factory="ProphetDefault",
        options=(),
        slow=True,
        default=True,
        version="1",
        refit=EVERY,
        libraries=("prophet", "cmdstanpy", "numpy", "pandas"),
    ),
    Peer(
        name="lightgbm",
        module="peers.boosted",
        factory="Boosted",
        options=(),
        slow=True,
        default=True,
        version="1",
        refit=EVERY,
        libraries=("lightgbm", "numpy"),
    ),
    Peer(
        name="lstm",
        module="peers.recurrent",
        factory="Lstm",
        options=(),
        slow=True,
        default=True,
        version="1",
        refit="trained at the first origin of a series, fine-tuned at every later one",
        libraries=("tensorflow-cpu", "keras", "numpy"),
    ),
)


def select(names: str | None) -> list[Peer]:
    """Return the peers of a comma-separated list, or all that run by default."""
    if not names:
        return [peer for peer in PEERS if peer.default]
    known = {peer.name: peer for peer in PEERS}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = sorted(set(wanted) - known.keys())
    if unknown:
        raise SystemExit(f"unknown peer: {', '.join(unknown)}; known are {', '.join(known)}")
    return [known[name] for name in wanted]
