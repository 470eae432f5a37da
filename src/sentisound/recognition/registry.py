"""Where models are found: the bundles that ship inside the package, and a folder of one's own."""

from __future__ import annotations

from pathlib import Path

from sentisound.bundle import CARD_FILE
from sentisound.errors import BundleNotFound

SHIPPED = Path(__file__).resolve().parent.parent / "bundles"


def folders(models_dir: Path | None = None) -> dict[str, Path]:
    """Return every bundle's folder by name; one's own bundle wins over a shipped one of the same name."""
    roots = [SHIPPED] if models_dir is None else [SHIPPED, models_dir]
    cards = [card for root in roots for card in sorted(root.glob(f"*/{CARD_FILE}"))]
    return {card.parent.name: card.parent for card in cards if not card.parent.name.startswith(".")}


def ships(folder: Path) -> bool:
    """Tell whether a bundle is one of those inside the package."""
    return folder.resolve().parent == SHIPPED


def find(model: str, models_dir: Path | None = None) -> Path:
    """Return the folder of a model given by name, or by the path of its folder.

    Raises
    ------
    BundleNotFound
        When it is neither; the message lists the names.
    """
    known = folders(models_dir)
    if model in known:
        return known[model]
    if (Path(model) / CARD_FILE).is_file():
        return Path(model)
    raise BundleNotFound(
        f"there is no model {model!r}; there are {', '.join(known) or 'none'}, or give a bundle's folder"
    )
