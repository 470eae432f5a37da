"""The owner: on whose behalf a request is made, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from sentisound.errors import BadAccess, Forbidden

SCOPES = {
    "analyze": "analyse sounds, and see the pictures and reports of what was just analysed",
    "history:read": "read one's own analyses",
    "history:write": "delete one's own analyses",
    "admin": "everything: other owners' analyses, keys, webhooks, metrics",
}
"""What a key or a user can be allowed."""
LOCAL = "local"
"""Owner of what is asked where no key is asked for."""


@dataclass(frozen=True, slots=True)
class Owner:
    """On whose behalf a request is made."""

    id: str
    """What is kept belongs to this: analyses, jobs, stored answers. Keys of one owner share them."""
    scopes: frozenset[str] = frozenset(SCOPES)
    credential: str = ""
    """The key or user that asked, for logs and limits; empty where none did."""
    account: str = ""
    """To whose limits sound is counted; empty where nothing is."""

    @property
    def sees(self) -> str | None:
        """Whose analyses this owner may see; None means everybody's."""
        return None if "admin" in self.scopes or self.id == LOCAL else self.id

    def may(self, scope: str) -> bool:
        """Return whether a scope is allowed; ``admin`` allows everything."""
        return scope in self.scopes or "admin" in self.scopes

    def check(self, scope: str) -> None:
        """Check that a scope is allowed.

        Raises
        ------
        Forbidden
            When it is not.
        """
        if not self.may(scope):
            held = ", ".join(sorted(self.scopes)) or "nothing"
            raise Forbidden(f"this needs the scope {scope}; the key or token at hand allows {held}", scope)


def scopes_of(names: list[str] | tuple[str, ...]) -> frozenset[str]:
    """Return scopes by their names.

    Raises
    ------
    BadAccess
        When there is none, or one is unknown; the message lists those that there are.
    """
    unknown = sorted(set(names) - set(SCOPES))
    if unknown or not names:
        what = f"there is no scope {unknown[0]!r}" if unknown else "at least one scope is needed"
        raise BadAccess(f"{what}; there are {', '.join(SCOPES)}")
    return frozenset(names)
