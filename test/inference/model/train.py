"""Trains the small LSTM that the integration test serves, on a bundled trace.

The network takes raw load and gives raw load: it scales each window itself, so
that the server has nothing to know about the scale of a workload. It sees only
the first 60 % of the trace; the test asks for the rest.
"""

import argparse
import csv
import gzip
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # its sums depend on the machine

import keras
import numpy as np
import tensorflow as tf

STEP = 15 * 60  # seconds
LENGTH = 96  # steps of history that the network takes: a day
HORIZON = 48  # steps that it gives: twelve hours
TRAIN = 0.6  # share of the trace that it may see


def load(path: str) -> np.ndarray:
    """The trace as means over steps; it has no gap of a whole step."""
    sums: dict[int, list[float]] = {}
    with gzip.open(path, "rt") as f:
        for time, value in list(csv.reader(f))[1:]:
            sums.setdefault(int(time) // STEP, []).append(float(value))
    first, last = min(sums), max(sums)
    return np.array([np.mean(sums[k]) for k in range(first, last + 1)], dtype="float32")


def scale(x):
    """Mean and standard deviation of each window, the latter never zero."""
    mean = keras.ops.mean(x, axis=1, keepdims=True)
    std = keras.ops.std(x, axis=1, keepdims=True)
    return mean, keras.ops.maximum(std, 1e-3 * keras.ops.abs(mean) + 1e-6)


def train(load: np.ndarray) -> keras.Model:
    windows = np.lib.stride_tricks.sliding_window_view(load, LENGTH + HORIZON)
    mean, std = (np.asarray(v) for v in scale(windows[:, :LENGTH]))
    z = (windows - mean) / std

    core = keras.Sequential([
        keras.Input((LENGTH, 1)),
        keras.layers.LSTM(32),
        keras.layers.Dense(HORIZON),
    ])
    # The absolute error makes it learn medians, which is what is asked of it.
    core.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mae")
    core.fit(z[:, :LENGTH, None], z[:, LENGTH:], epochs=40, batch_size=64, shuffle=True, verbose=0)

    history = keras.Input((LENGTH,), name="history")
    mean, std = scale(history)
    forecast = core(((history - mean) / std)[..., None]) * std + mean
    return keras.Model(history, forecast)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", help="timestamp,value as csv.gz")
    parser.add_argument("out", help="where to write the model, as .keras")
    args = parser.parse_args()
    keras.utils.set_random_seed(1)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    series = load(args.trace)
    train(series[: int(TRAIN * len(series))]).save(args.out)
