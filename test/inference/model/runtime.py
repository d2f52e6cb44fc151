"""Serves a Keras model to Highwater: an MLServer runtime of one file."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import InferenceError
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri


class Forecaster(MLModel):
    """Answers "history" [n, length] by "forecast" [n, horizon], both raw load."""

    async def load(self) -> bool:
        self._model = keras.models.load_model(await get_model_uri(self.settings))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        inputs = {i.name: NumpyCodec.decode_input(i) for i in payload.inputs}
        history = inputs["history"]
        if history.ndim != 2 or history.shape[1] != self._model.input_shape[1]:
            raise InferenceError(f"history is {list(history.shape)}, not [n, {self._model.input_shape[1]}]")
        forecast = self._model.predict_on_batch(history.astype("float32"))
        if "horizon" in inputs:  # as many steps as are asked for, where a model can choose
            forecast = forecast[:, : int(inputs["horizon"].flat[0])]
        output = NumpyCodec.encode_output("forecast", forecast.astype(history.dtype))
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=[output])
