"""Models as they run when a question is asked: ONNX sessions and the encoder."""
