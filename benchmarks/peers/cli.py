"""The command line: ``python -m peers run|list|speed``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and do what they ask."""
    parser = argparse.ArgumentParser(prog="python -m peers", description="Rival forecasters.")
    commands = parser.add_subparsers(dest="command", required=True)

    run = commands.add_parser("run", help="forecast every origin of an input folder")
    run.add_argument("--in", dest="inputs", type=Path, required=True, metavar="IN")
    run.add_argument("--out", type=Path, required=True)
    run.add_argument("--peer", help="comma-separated names; by default all but the exact variants")
    run.add_argument("--max-origins", type=positive, metavar="N", help="at most N origins a series")
    run.add_argument(
        "--origins",
        choices=("auto", "all", "slow"),
        default="auto",
        help="which origins; auto gives slow peers the slow set (default)",
    )
    run.add_argument("--force", action="store_true", help="forecast again what is up to date")

    commands.add_parser("list", help="show the peers")

    speed = commands.add_parser("speed", help="time fit and 24-h forecast on 28 days")
    speed.add_argument("--csv", type=Path, required=True)
    speed.add_argument("--repeat", type=positive, default=3)
    speed.add_argument("--out", type=Path, required=True)
    speed.add_argument("--peer", help="comma-separated names; by default every peer, also the exact variants")

    chosen = parser.parse_args(arguments)
    from peers import registry  # after the parser, so that --help needs no library

    if chosen.command == "list":
        for peer in registry.PEERS:
            origins = "slow" if peer.slow else "all"
            print(f"{peer.name:20} {origins:5} {'default' if peer.default else 'extra':8} refit {peer.refit}")
    elif chosen.command == "run":
        from peers.protocol import Inputs
        from peers.runner import Options
        from peers.runner import run as run_peers

        options = Options(chosen.out, chosen.origins, chosen.max_origins, chosen.force)
        run_peers(Inputs.read(chosen.inputs), registry.select(chosen.peer), options)
    else:
        from peers.speed import measure

        peers = registry.select(chosen.peer) if chosen.peer else registry.PEERS
        measure(chosen.csv, peers, chosen.repeat, chosen.out)
    return 0


def positive(text: str) -> int:
    """Parse a number of at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
