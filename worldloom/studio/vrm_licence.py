"""What a VRM says of who may wear it and how: both versions' words as one."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from worldloom.kernel.limits import LIMITS
from worldloom.studio.vrm_parts import Meta1

Wearer = Literal["everyone", "licensed", "author"]
_WEARERS_1: dict[str, Wearer] = {"everyone": "everyone", "onlySeparatelyLicensedPerson": "licensed"}
_WEARERS_0: dict[str, Wearer] = {"Everyone": "everyone", "ExplicitlyLicensedPerson": "licensed"}
_MODIFIED = {
    "prohibited": "no", "allowModification": "yes", "allowModificationRedistribution": "shared"
}  # fmt: skip


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """Who made an avatar, who may wear it, and what else its licence says; empty: it says nothing.

    `redistribution` and `modification` are yes, no or (modification) shared.
    """

    name: str
    authors: tuple[str, ...]
    wearer: Wearer
    violent: bool
    sexual: bool
    commercial: Literal["no", "personal", "corporate"]
    credit: bool | None
    redistribution: str
    modification: str
    licence: str
    url: str
    more_url: str


def licence_1(meta: Meta1) -> Licence:
    """Return the licence of a VRM 1.0; what is not said is not allowed."""
    commercial = {"personalProfit": "personal", "corporation": "corporate"}
    return Licence(
        name=_short(meta.name),
        authors=tuple(_short(one) for one in meta.authors[:8]),
        wearer=_WEARERS_1.get(meta.avatar_permission, "author"),
        violent=meta.allow_excessively_violent_usage,
        sexual=meta.allow_excessively_sexual_usage,
        commercial=commercial.get(meta.commercial_usage, "no"),  # type: ignore[arg-type]
        credit=meta.credit_notation != "unnecessary",
        redistribution="yes" if meta.allow_redistribution else "no",
        modification=_MODIFIED.get(meta.modification, "no"),
        licence="",
        url=_short(meta.license_url),
        more_url=_short(meta.other_license_url),
    )


def licence_0(meta: dict[str, Any]) -> Licence:
    """Return the licence of a VRM 0.x, whose exporters left out what they pleased."""
    licence = _short(meta.get("licenseName"))
    author = _short(meta.get("author"))
    return Licence(
        name=_short(meta.get("title")),
        authors=(author,) if author else (),
        wearer=_WEARERS_0.get(_short(meta.get("allowedUserName")), "author"),
        violent=meta.get("violentUssageName") == "Allow",
        sexual=meta.get("sexualUssageName") == "Allow",
        commercial="corporate" if meta.get("commercialUssageName") == "Allow" else "no",
        credit=None,
        redistribution="no" if licence == "Redistribution_Prohibited" else "",
        modification="",
        licence=licence.replace("_", " "),
        url=_short(meta.get("otherLicenseUrl")),
        more_url=_short(meta.get("otherPermissionUrl")),
    )


def _short(value: object) -> str:
    """Return a text as one short line without what would turn or hide it; else nothing."""
    if not isinstance(value, str):
        return ""
    line = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(line.split())[: LIMITS.vrm_text_characters_max]
