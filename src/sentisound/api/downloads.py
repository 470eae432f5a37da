"""Downloads: the header that names an answer which a browser keeps as a file."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote

from sentisound.service import display_name


def download(name: str, ending: str) -> dict[str, str]:
    """Return the header that names a download after a file, in any alphabet (RFC 6266), and in plain letters.

    Parameters
    ----------
    ending : str
        Takes the place of the name's own; empty leaves that.
    """
    shown = display_name(name)
    full = f"{PurePath(shown).stem}{ending}" if ending else shown
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in full)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"}
