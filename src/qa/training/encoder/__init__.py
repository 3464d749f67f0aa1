"""Exports the encoder, and says how near the export is to full precision."""
