"""Images and files within messages: by reference only. Their bytes never leave this module."""

from __future__ import annotations

import re
from typing import Any

from .values import Part
from .visible import base64_bytes, visible

_DATA_URL = re.compile(r"data:([\w.+/-]{0,200})[^,]{0,400},", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_%=\s-]*+", re.ASCII)
_HOLDERS = (
    "image_url", "input_image", "image", "source", "inline_data", "inlineData", "file_data", "fileData",
    "input_audio", "audio", "file", "document", "video",
)  # fmt: skip
_ADDRESSES = ("url", "uri", "file_uri", "fileUri", "file_id", "fileId")
_CONTENTS = ("data", "bytes", "base64", "file_data", "content")
_TYPES = ("media_type", "mediaType", "mime_type", "mimeType", "format")
_NAMES = ("filename", "file_name", "fileName", "title")
_KNOWN = {*_ADDRESSES, *_CONTENTS, *_TYPES, *_NAMES, "type", "modality"}
_KINDS = {
    "image", "image_url", "input_image", "blob", "uri", "file", "input_file", "document", "audio",
    "input_audio", "video", "media",
}  # fmt: skip


def medium(item: dict[str, Any]) -> tuple[Part, dict[str, Any]] | None:
    """An image or a file of any provider's form, and what else was said of it; None for anything else.

    OpenAI ``image_url``, Anthropic ``source``, OpenTelemetry ``blob`` and ``uri``, Gemini ``inline_data``,
    Bedrock ``image.source.bytes``.
    """
    kind = item.get("type")
    if not (isinstance(kind, str) and kind in _KINDS) and (
        kind is not None or not any(isinstance(item.get(name), dict) for name in _HOLDERS)
    ):
        return None
    facts, unknown = _facts(item)
    address = _first(facts, _ADDRESSES)
    content = _first(facts, _CONTENTS)
    if not address and not content:
        return None
    media_type = _first(facts, _TYPES)
    said = (address, media_type)
    unknown |= {name: facts[name] for name in (*_ADDRESSES, *_TYPES) if facts.get(name, address) not in said}
    if found := _DATA_URL.match(address or content):
        media_type = media_type or found[1]
        content, address = (address or content)[found.end() :], ""
    media_type = visible(media_type[:200])
    names = [facts[name] for name in _NAMES if name in facts]
    if address:
        words = [*names, address]
    elif media_type.startswith("text/") or not _BASE64.fullmatch(content):
        words = [*names, content]
    else:
        words = [media_type or facts.get("modality", ""), *names, f"{base64_bytes(content)} B"]
    looks = f"{kind} {media_type} {facts.get('modality')} {' '.join(item)}"
    text = visible(" · ".join(word for word in words if word))
    return Part("image" if "image" in looks else "data", text, name=media_type), unknown


def _first(facts: dict[str, str], names: tuple[str, ...]) -> str:
    return next((facts[name] for name in names if name in facts), "")


def _facts(item: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """The known texts of the item and of what it holds, and all the rest. A bare address counts as one."""
    facts: dict[str, str] = {}
    unknown: dict[str, Any] = {}
    level: dict[str, Any] | None = item
    for _ in range(4):
        if level is None:
            break
        following: dict[str, Any] | None = None
        for key, value in level.items():
            name = "url" if key in ("image_url", "input_image", "source", "image") else key
            if name in _KNOWN and isinstance(value, str) and (name not in facts or name == "type"):
                if value:
                    facts[name] = value
            elif key in _HOLDERS and isinstance(value, dict) and following is None:
                following = value
            else:
                unknown[key] = value
        level = following
    else:
        unknown["source"] = level
    return facts, unknown
