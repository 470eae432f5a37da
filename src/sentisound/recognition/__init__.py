"""The runtime wing: from waveform to calibrated scores with numpy and onnxruntime only."""
