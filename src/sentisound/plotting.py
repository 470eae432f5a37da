"""matplotlib, loaded here for all who draw, so that it leaves nothing in the user's folders and reads nothing there.

While it is imported it makes a list of fonts and looks for settings: ``~/.cache/matplotlib``, ``~/.config/matplotlib``,
and through fontconfig ``~/.cache/fontconfig``. Here it keeps its list in the cache folder, or in a temporary one where
that cannot be written, and asks fontconfig for no fonts: ours come along. It takes 0.2 s, so it is imported by the
functions that draw.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sentisound.errors import SettingsError
from sentisound.settings import Settings

NO_FONTS = Path(__file__).with_name("fonts.conf")


def _folder() -> Path:
    """Return a folder that can be written: the cache's, or one that goes with this process."""
    cache = Settings.load().cache_dir
    if cache is not None:
        try:
            folder = cache.expanduser() / "matplotlib"
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
        except (OSError, RuntimeError):
            pass
    return _temporary()


def _temporary() -> Path:
    try:
        folder = tempfile.mkdtemp(prefix="sentisound-")
    except OSError:
        raise SettingsError(
            "SENTISOUND_CACHE_DIR: to draw needs a folder that can be written, and there is no temporary one either"
        ) from None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@contextmanager
def _of_our_own() -> Iterator[None]:
    """Give matplotlib our folders while it is imported; what else runs in this process keeps its own."""
    ours = {"MPLCONFIGDIR": str(_folder()), "FONTCONFIG_FILE": str(NO_FONTS)}
    before = {name: os.environ.get(name) for name in ours}
    log = logging.getLogger("matplotlib")
    level = log.level
    os.environ.update(ours)
    log.setLevel(logging.ERROR)  # it warns of a list that takes long or cannot be kept: nothing to do about it
    try:
        yield
    finally:
        log.setLevel(level)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


with _of_our_own():
    from matplotlib import colormaps as colormaps, get_data_path as get_data_path
    from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvasAgg, RendererAgg as RendererAgg
    from matplotlib.collections import LineCollection as LineCollection
    from matplotlib.figure import Figure as Figure
    from matplotlib.font_manager import fontManager as fontManager
    from matplotlib.ft2font import FT2Font as FT2Font
    from matplotlib.image import BboxImage as BboxImage
    from matplotlib.patches import Patch as Patch, Polygon as Polygon, Rectangle as Rectangle
    from matplotlib.text import Text as Text
    from matplotlib.transforms import Bbox as Bbox, TransformedBbox as TransformedBbox
