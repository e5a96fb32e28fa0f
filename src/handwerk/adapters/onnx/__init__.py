"""Models run by onnxruntime: opened in half a second, and no torch in the process."""

from handwerk.adapters.onnx.encoder import OnnxEncoder, give_back

__all__ = ["OnnxEncoder", "give_back"]
