"""Export the `.po` catalogues to the JSON files that the program and the page read.

`python -m daliz.i18n` writes `daliz/i18n/<lang>.json`; needs Babel (a development dependency).
"""

from __future__ import annotations

import json
from pathlib import Path

from daliz.i18n import LANGUAGES

CATEGORIES = {"en": ("one", "other"), "kk": ("one", "other"), "ru": ("one", "few", "many", "other")}


def export(folder: Path, lang: str) -> str:
    """JSON text of the catalogue of one language, keys sorted."""
    from babel.messages.pofile import read_po

    with (folder / f"{lang}.po").open("rb") as lines:
        catalogue = read_po(lines)
    messages: dict[str, object] = {}
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, str):
            messages[message.id] = message.string
        else:
            forms = message.string or ()
            messages[message.id[0]] = dict(zip(CATEGORIES[lang], forms, strict=True))
    return json.dumps(messages, ensure_ascii=False, indent=0, sort_keys=True) + "\n"


def main() -> None:
    """Write all three files."""
    folder = Path(__file__).parent
    for lang in LANGUAGES:
        (folder / f"{lang}.json").write_text(export(folder, lang), encoding="utf-8")


if __name__ == "__main__":
    main()
