"""Check a folder of curated tables from the shell: `python -m daliz.schema FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from daliz.schema import load_folder


def main(folder: str) -> int:
    """Print every finding; 0 when there is none, 1 otherwise."""
    frames, findings = load_folder(Path(folder), strict=False)
    for finding in findings:
        sys.stdout.write(finding.text("en") + "\n")
    counts = ", ".join(f"{name} {frame.height}" for name, frame in frames.items() if frame.height)
    sys.stdout.write(f"{len(findings)} findings; rows: {counts}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
