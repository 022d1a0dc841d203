"""Sphinx settings: MyST for Markdown, Furo for looks; every warning is an error in `make docs`."""

from __future__ import annotations

import re
from pathlib import Path

_package = (Path(__file__).parent.parent / "daliz/__init__.py").read_text(encoding="utf-8")
_version = re.search(r'__version__ = "(.+)"', _package)

project = "Daliz"
author = "Daliz contributors"
project_copyright = (
    "2026 Daliz contributors; code Apache-2.0; data © OpenStreetMap contributors (ODbL 1.0) and others"
)
release = _version.group(1) if _version else ""
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "images"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"Daliz {release}"
html_copy_source = False
html_show_sphinx = False
