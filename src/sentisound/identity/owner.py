"""The owner: on whose behalf a request is made, and what it may do."""

from __future__ import annotations

import re
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
"""Who asks a server that only this machine reaches, where no key is asked for."""
ANONYMOUS = "anonymous"
"""Who asks without a key where strangers may: all of them are one owner."""
KEYLESS = frozenset({LOCAL, ANONYMOUS})
_NAME = re.compile(r"[A-Za-z0-9._@:-]{1,64}", re.ASCII)
_SHARED = re.compile(r"user:[A-Za-z0-9][A-Za-z0-9._@-]{0,58}|key:[0-9a-f]{16}", re.ASCII)
"""A user, or a key, whose analyses further keys share."""


@dataclass(frozen=True, slots=True)
class Owner:
    """On whose behalf a request is made."""

    id: str
    """What is kept belongs to this: analyses, jobs, stored answers. Keys of one owner share them."""
    scopes: frozenset[str] = frozenset()
    credential: str = ""
    """The key or user that asked, for logs and limits; empty where none did."""
    account: str = ""
    """To whose limits sound is counted; empty where nothing is."""

    @property
    def sees(self) -> str | None:
        """Whose analyses this owner may see; None means everybody's. A scope decides, never a name."""
        return None if "admin" in self.scopes else self.id

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


def key_owner(name: str, key: str) -> str:
    """Return to whom what a kept key makes belongs: the key itself, where its row names one whom no key stands for.

    0.1.0 let a key be made for ``local``, which would share all that was asked without any key.
    """
    return name if _NAME.fullmatch(name) and name not in KEYLESS else f"key:{key}"


def check_key_owner(name: str) -> None:
    """Check that a new key may belong to an owner of this name.

    Raises
    ------
    BadAccess
        When it has other characters, or is the name of those who ask without a key.
    """
    kind = name.partition(":")[0].casefold()
    if _NAME.fullmatch(name) is None:
        why = "use 1 to 64 letters, digits and ._@:-"
    elif name.casefold() in KEYLESS:
        why = "that is who asks without a key"
    elif kind in {"user", "key"} and _SHARED.fullmatch(name) is None:
        why = "write user:NAME or key:ID to share the analyses of a user or a key"
    else:
        return
    raise BadAccess(f"{name[:80]!a} cannot own a key: {why}")
