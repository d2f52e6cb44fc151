"""A two-layer Keras LSTM that reads the last 24 hours and forecasts the next 24 hours directly.

The window enters as quarter-hour means (hours for hourly series) of the standardised load with the time of
day and of the week; the newest hour also enters the last layer, in steps. The output is every step of the
horizon, added to the same time yesterday, which the network would otherwise spend its training on learning.
It is trained in full at a series' first origin and
fine-tuned from there, on the context known by then, at each later one. The last fifth of the context is held
out: it stops the training early and gives the empirical residual quantiles per horizon.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from peers.forecaster import Forecaster, NoForecast, residual_quantiles
from peers.protocol import DAY_SECONDS, Window

UNITS = 48
BATCH = 64
EPOCHS = 30
PATIENCE = 5
FINE_TUNING_EPOCHS = 3
MAX_WINDOWS = 800
HELD_OUT = 0.2
INPUT_SECONDS = 900
RECENT = 12

tf.get_logger().setLevel("ERROR")
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class Lstm(Forecaster):
    """The network of one series, carried from origin to origin."""

    def __init__(self) -> None:
        super().__init__()
        self._network: keras.Model | None = None

    def forecast(self, window: Window, taus: tuple[float, ...]) -> np.ndarray:
        """Train or fine-tune on the context, then forecast from its last 24 hours."""
        values, day, horizon = window.filled, window.day, window.horizon
        last = len(values) - 1
        split = min(int(len(values) * (1 - HELD_OUT)), len(values) - horizon - horizon // 2)
        train = thin(np.arange(day - 1, split - horizon))
        held_out = thin(np.arange(max(split, day) - 1, last - horizon + 1))
        if len(train) < BATCH or len(held_out) < 2:
            raise NoForecast("too little context for a training and a held-out part")
        centre, scale = float(values[:split].mean()), float(values[:split].std()) or 1.0
        z = (values - centre) / scale
        first = self._network is None
        if self._network is None:
            keras.utils.set_random_seed(0)
            self._network = build(inputs(z, window, train[:1])[0].shape[1:], horizon)
        self._network.optimizer.learning_rate = 2e-3 if first else 5e-4
        x, y = inputs(z, window, train), targets(z, train, horizon)
        x_out, y_out = inputs(z, window, held_out), targets(z, held_out, horizon)
        self._network.fit(
            x,
            y,
            batch_size=BATCH,
            epochs=EPOCHS if first else FINE_TUNING_EPOCHS,
            validation_data=(x_out, y_out),
            callbacks=[
                keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True),
            ],
            verbose=0,
        )
        self.fits += 1
        known = targets(np.where(window.known, z, np.nan), held_out, horizon)
        residuals = (known - predict(self._network, x_out)) * scale
        point = predict(self._network, inputs(z, window, np.array([last])))[0] * scale + centre
        return point[:, None] + residual_quantiles(residuals, taus)


def build(shape: tuple[int, ...], horizon: int) -> keras.Model:
    """Return the compiled network: LSTM, LSTM, dense with the newest values, plus yesterday."""
    sequence = keras.Input(shape)
    recent = keras.Input((RECENT,))
    yesterday = keras.Input((horizon,))
    hidden = keras.layers.LSTM(UNITS, return_sequences=True)(sequence)
    hidden = keras.layers.LSTM(UNITS)(hidden)
    hidden = keras.layers.Concatenate()([hidden, recent])
    change = keras.layers.Dense(horizon, kernel_initializer="zeros")(hidden)
    network = keras.Model([sequence, recent, yesterday], keras.layers.Add()([change, yesterday]))
    network.compile(optimizer=keras.optimizers.Adam(2e-3, clipnorm=1.0), loss="mae")
    return network


def thin(origins: np.ndarray) -> np.ndarray:
    """Take at most MAX_WINDOWS of the origins, evenly."""
    stride = -(-len(origins) // MAX_WINDOWS) if len(origins) else 1
    return origins[::stride]


def inputs(z: np.ndarray, window: Window, origins: np.ndarray) -> list[np.ndarray]:
    """Return, per origin, the sequence up to it, its newest values less yesterday's, and yesterday's day."""
    day, step = window.day, window.step
    rows = origins[:, None] + np.arange(-day + 1, 1)
    load = z[rows]
    pool = max(1, INPUT_SECONDS // step)
    pool = pool if day % pool == 0 else 1
    seconds = window.times[rows][:, pool - 1 :: pool]
    angle = 2 * np.pi * (seconds % DAY_SECONDS) / DAY_SECONDS
    weekly = 2 * np.pi * ((seconds + 3 * DAY_SECONDS) % (7 * DAY_SECONDS)) / (7 * DAY_SECONDS)
    pooled = load.reshape(len(origins), -1, pool).mean(axis=2)
    channels = [pooled, np.sin(angle), np.cos(angle), np.sin(weekly), np.cos(weekly)]
    newest = np.arange(-RECENT + 1, 1)
    recent = z[origins[:, None] + newest] - z[np.maximum(origins[:, None] + newest - day, 0)]
    yesterday = load[:, np.arange(window.horizon) % day]
    return [part.astype("float32") for part in (np.stack(channels, axis=2), recent, yesterday)]


def targets(z: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """Return the values that follow each origin."""
    return z[origins[:, None] + np.arange(1, horizon + 1)].astype("float32")


def predict(network: keras.Model, x: list[np.ndarray]) -> np.ndarray:
    """Return the network's output as float64."""
    return np.asarray(network.predict(x, batch_size=512, verbose=0), dtype=float)
