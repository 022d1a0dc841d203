"""Daliz: freight corridors with their procedures, and a way through."""

__version__ = "0.1.0"
