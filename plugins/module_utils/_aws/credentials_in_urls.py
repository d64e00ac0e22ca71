# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""User names and passwords in the URLs of connections, of a proxy above all: they are shown nowhere.

URLs come from options, from the environment and from the AWS configuration files, and the SDK takes them in any form: without a
scheme, and with a password that is not URL-encoded.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

_MASK = "********"
# Nowhere without a limit, since an answer can hold any number of slashes.
_IN_TEXT = re.compile(
    # What the SDK quotes as a URL, whatever form it has.
    r"(?P<said>\b(?:Invalid endpoint: |endpoint URL: \"|proxy URL: \")(?:[A-Za-z][A-Za-z0-9+.-]*:(?=//))?(?://)?)[^\n]{1,500}@"
    # A name and what is no port behind it: then a password, which may hold blanks and quotes.
    r"|(?P<named>//)[^\s\"'<>/@:\[\]]{0,200}:(?!\d{1,5}(?:[^\d@]|$))(?:(?!://)[^\n]){0,500}@"
    # To the last @ before a blank or a quote: a password that is not URL-encoded may hold a slash or another @.
    r"|(?P<alone>//)[^\s\"'<>]{1,500}@"
)
# In text that is to become a dictionary: what has a colon before an @. It begins where something ends, so that a long text is read once.
_IN_CONFIG = re.compile(r"(?:^|(?<=[\s\"'={}\[\],]))[^\s\"'={}\[\],:]*:[^\s\"'={}\[\]]{0,1000}@")
_ENDS_HOST = re.compile(r"[/?#@\\]")
# Matched at the beginning only: looked for anywhere, it would begin anew at each letter of a long text.
_SCHEME = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
# A shorter password is likely to be part of a name or an account ID, and is masked only where it stands in a URL.
_SHORTEST_ALONE = 8
_SHORTEST_PIECE = 4
# What is no letter, digit or unreserved mark, and yet stays as it is where urllib3 encodes the rest of a URL.
_STAYS = "!$&'()*+,;=:%"
# The variables by which AWS's SDK and its HTTP client find endpoints and proxies, AWS_ENDPOINT_URL_IAM and its like among them.
_VARIABLE = re.compile(r"\w+_PROXY|AWS_\w*(?:URL|URI|ENDPOINT)\w*", re.IGNORECASE)


def without(text: str, urls: Iterable[str] = ()) -> str:
    """``text`` with no user name and no password in its URLs, nor any of ``urls`` or of the environment's, wherever it stands."""
    known = _of_urls([*urls, *_of_environment()])
    # The longest first, since one can be a part of another. A short one could be a part of anything.
    for secret in sorted((each for each in known if len(each) > _SHORTEST_PIECE), key=len, reverse=True):
        text = text.replace(secret, "" if secret.endswith("@") else _MASK)
    return _IN_TEXT.sub(lambda found: found["said"] or found["named"] or found["alone"], text)


def used(endpoint_url: object, config: object) -> list[str]:
    """The URL that is called and those that it is called through, of a botocore ``Config``. None is an error."""
    return [*_texts(endpoint_url), *_texts(getattr(config, "proxies", None))]


def of_client(client: Any) -> list[str]:
    """The URLs that a client of boto3's uses, wherever they were set."""
    meta = getattr(client, "meta", None)
    return used(getattr(meta, "endpoint_url", None), getattr(meta, "config", None))


def to_mask(options: Mapping[str, Any]) -> set[str]:
    """What must not be shown, of ``endpoint_url`` and ``aws_config``, as it was set and with and without URL encoding.

    Each user name and password with the @ behind it, and each password that is long enough to be told from other text.
    """
    config = options.get("aws_config")
    if isinstance(config, str):
        # As Ansible reads text that is given for a dictionary; or else, what could be a URL in it.
        try:
            config = json.loads(config)
        except (RecursionError, ValueError):
            config = {"proxies": _IN_CONFIG.findall(config)}
    proxies = config.get("proxies") if isinstance(config, Mapping) else None
    # The SDK takes these without a scheme as well, in whatever form. Anywhere else an @ without one is no URL's.
    urls = [*_texts(options.get("endpoint_url")), *_texts(proxies)]
    return _of_urls([*urls, *(text for text in _texts(config) if "://" in text)])


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if _VARIABLE.fullmatch(name):
            yield value


def _of_urls(urls: Iterable[str]) -> set[str]:
    users = {_user(url) for url in urls}
    return {text for user in users - {""} for text in _spellings(user)}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _texts(item)


def _user(url: str) -> str:
    """What stands before the @; empty if there is none."""
    scheme = _SCHEME.match(url)
    return url[scheme.end() if scheme else 0 :].rpartition("@")[0]


def _spellings(user: str) -> Iterator[str]:
    """What stands alone can be a token."""
    name, colon, password = user.partition(":") if ":" in user else ("", "", user)
    plain = unquote(password)
    written = {password, plain, quote(plain, safe=""), quote(password, safe=_STAYS), password.replace("\\", "\\\\")}
    yield from (f"{name}{colon}{text}@" for text in written)
    yield from (text for text in written if len(text) >= _SHORTEST_ALONE)
    # An error about a URL that ends early, at a slash in a password that is not encoded, quotes what it takes for host and port.
    pieces = _ENDS_HOST.split(password)
    if len(pieces) > 1:
        pieces.append(f"{name}{colon}{pieces[0]}")
        yield from (piece for piece in pieces if len(piece) >= _SHORTEST_PIECE)
