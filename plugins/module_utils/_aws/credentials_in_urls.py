# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""User names and passwords in the URLs of connection options, of a proxy above all: they are shown nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

# To the last @ before a blank or a quote: a password that is not URL-encoded may hold a slash or another @.
_IN_TEXT = re.compile(r"//[^\s\"'<>]+@")
_ENDS_HOST = re.compile(r"[/?#@\\]")
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
# A shorter password is likely to be part of a name or an account ID, and is masked only where it stands in a URL.
_SHORTEST_ALONE = 8
_SHORTEST_PIECE = 4


def without(text: str) -> str:
    """``text`` with no user name and no password in its URLs."""
    return _IN_TEXT.sub("//", text)


def to_mask(options: Mapping[str, Any]) -> set[str]:
    """What must not be shown, of ``endpoint_url`` and ``aws_config``, as it was set and with and without URL encoding.

    Each user name and password with the @ behind it, and each password that is long enough to be told from other text.
    """
    config = options.get("aws_config")
    proxies = config.get("proxies") if isinstance(config, Mapping) else None
    urls = [options.get("endpoint_url"), *(proxies.values() if isinstance(proxies, Mapping) else ())]
    # The SDK takes these without a scheme as well. Anywhere else an @ without one is no URL's.
    users = {_user(url) for url in urls if isinstance(url, str)}
    users |= {_user(text) for text in _texts(config) if "://" in text}
    return {text for user in users - {""} for text in _spellings(user)}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def _user(url: str) -> str:
    """What stands before the @; empty if there is none."""
    return _SCHEME.sub("", url, count=1).rpartition("@")[0]


def _spellings(user: str) -> Iterator[str]:
    """What stands alone can be a token."""
    name, colon, password = user.partition(":") if ":" in user else ("", "", user)
    written = {password, unquote(password), quote(unquote(password), safe="")}
    yield from (f"{name}{colon}{text}@" for text in written)
    yield from (text for text in written if len(text) >= _SHORTEST_ALONE)
    # An error about a URL that ends early, at a slash in a password that is not encoded, quotes what it takes for the port.
    pieces = _ENDS_HOST.split(password)
    yield from (piece for piece in pieces if len(pieces) > 1 and len(piece) >= _SHORTEST_PIECE)
