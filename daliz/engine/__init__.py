"""The arithmetic of Daliz: arrays in, arrays out, no tables and no files."""
