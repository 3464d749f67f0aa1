"""How the shipped models are made: `python -m qa.training --help` lists the commands.

The asking side never imports this package; it needs the extra `qa[train]` (torch, transformers, onnx).
"""
