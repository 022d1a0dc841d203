"""Export the `.po` catalogues to the JSON files that the program and the page read.

`python -m daliz.i18n` joins `words/<topic>.<lang>.po` into `daliz/i18n/<lang>.json`; a key said by two
topics is refused. Needs Babel (a development dependency).
"""

from __future__ import annotations

import json
from pathlib import Path

from daliz.i18n import LANGUAGES

CATEGORIES = {"en": ("one", "other"), "kk": ("one", "other"), "ru": ("one", "few", "many", "other")}


def export(folder: Path, lang: str) -> str:
    """JSON text of the catalogue of one language, keys sorted."""
    from babel.messages.pofile import read_po

    messages: dict[str, object] = {}
    for path in sorted((folder / "words").glob(f"*.{lang}.po")):
        with path.open("rb") as lines:
            catalogue = read_po(lines)
        for message in catalogue:
            if not message.id:
                continue
            key = message.id if isinstance(message.id, str) else message.id[0]
            if key in messages:
                msg = f"{path.name}: {key} is said by another topic too"
                raise ValueError(msg)
            forms = message.string or ()
            counted = not isinstance(message.id, str)
            messages[key] = dict(zip(CATEGORIES[lang], forms, strict=True)) if counted else message.string
    return json.dumps(messages, ensure_ascii=False, indent=0, sort_keys=True) + "\n"


def main() -> None:
    """Write all three files."""
    folder = Path(__file__).parent
    for lang in LANGUAGES:
        (folder / f"{lang}.json").write_text(export(folder, lang), encoding="utf-8")


if __name__ == "__main__":
    main()
