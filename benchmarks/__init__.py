"""Timings against named peers: `python -m benchmarks [ROW ...]`."""
