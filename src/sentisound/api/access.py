"""On whose behalf a request is made, and whether it may: one dependency for every route of ``/v1``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Depends

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Owner:
    """On whose behalf a request is made."""

    id: str

    @property
    def sees(self) -> str | None:
        """Whose analyses this owner may see; None means everybody's."""
        return None if self.id == LOCAL else self.id


def requires(scope: str) -> Any:
    """Return the dependency that gives the owner of a request to a route that needs ``scope``."""

    async def owner() -> Owner:
        return Owner(LOCAL)

    owner.__doc__ = f"Give the owner, who needs the scope {scope}."
    return Depends(owner)
