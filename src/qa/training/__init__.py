"""How the shipped reader is made: `python -m qa.training prepare | train | export | evaluate`.

The asking side never imports this package; it needs the extra `qa[train]` (torch, transformers, onnx).
"""
