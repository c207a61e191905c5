"""Write docs/openapi.yaml and docs/asyncapi.yaml anew: `python -m docs.descriptions`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from userstatus.description import asyncapi, openapi

FOLDER = Path(__file__).parent
DOCUMENTS = {"openapi.yaml": openapi.document, "asyncapi.yaml": asyncapi.document}
COMMENT = "# Written by `python -m docs.descriptions` from userstatus/description: change it there.\n"


class _Dumper(yaml.SafeDumper):
    """Writes everything out where it is used: anchors would only be in a reader's way."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def written(name: str) -> str:
    """What the file of this name has to contain."""
    text: str = yaml.dump(DOCUMENTS[name](), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return COMMENT + text


if __name__ == "__main__":
    for name in DOCUMENTS:
        (FOLDER / name).write_text(written(name))
