"""The requests of ``python -m labels epc``, answered one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from labels.errors import LabelError, SchemeError
from labels.keys.gs1 import Key
from labels.scanning import scan
from labels.tags import epc

Request = Mapping[str, Any]


class RequestError(LabelError):
    """A request line that is not of the agreed form."""


def answer_line(line: str | bytes, answer: Callable[[Request], dict[str, Any]] | None = None) -> str:
    """One JSON line for a JSON line, by default as ``epc`` answers; what cannot be answered gets ``{"error": …}``."""
    try:
        answered = (answer or answer_epc)(_request(line))
    except LabelError as error:
        answered = {"error": str(error)}
    return json.dumps(answered)


def answer_epc(request: Request) -> dict[str, Any]:
    """The answer to one request of ``epc``; raises a LabelError where there is none."""
    operations: dict[str, Callable[[Request], dict[str, Any]]] = {
        "encode": _encode,
        "decode": _decode,
        "parse": _parse,
    }
    operation = request.get("op")
    if not isinstance(operation, str) or operation not in operations:
        raise RequestError(f"op must be one of {', '.join(operations)}, not {operation!r}")
    return operations[operation](request)


def _request(line: str | bytes) -> Request:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"The line is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise RequestError("A request is a JSON object")
    return request


def _encode(request: Request) -> dict[str, Any]:
    uri, key = request.get("tag_uri"), _key(request)
    if uri is not None:
        return {"hex": _encode_uri(request, _text(request, "tag_uri"), key)}
    if key is None:
        raise RequestError("encode needs a tag_uri or a key")
    filter_value, gcp_length = request.get("filter", 0), _gcp_length(request)
    encoded = epc.encode_tag(_text(request, "scheme"), key, filter_value=filter_value, gcp_length=gcp_length)
    return {"hex": encoded}


def _encode_uri(request: Request, uri: str, key: Key | None) -> str:
    """Encode a tag URI after checking that all else the request says agrees with it."""
    tag = epc.tag_uri_key(uri)
    if request.get("scheme", tag.scheme) != tag.scheme:
        raise SchemeError(f"The tag URI is of {tag.scheme}, the request asks for {request['scheme']}")
    if request.get("filter", tag.filter_value) != tag.filter_value:
        raise RequestError(f"The tag URI has the filter {tag.filter_value}, the request {request['filter']}")
    if key is not None:
        epc.agree(tag, key)
    gcp_length, found = _gcp_length(request), epc.gcp_length_of(uri)
    if gcp_length is not None and gcp_length != found:
        raise RequestError(f"The tag URI has a company prefix of {found} digits, not {gcp_length}")
    return epc.encode_tag_uri(uri)


def _decode(request: Request) -> dict[str, Any]:
    tag = epc.decode_tag(_text(request, "hex"))
    return {"tag_uri": tag.tag_uri, "key": tag.key, "filter": tag.filter_value}


def _parse(request: Request) -> dict[str, Any]:
    found = scan.parse(_text(request, "text"))
    return {
        "kind": found.kind,
        "key": found.key,
        "digital_link": found.digital_link,
        "text": found.text,
    }


def _text(request: Request, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise RequestError(f"{name} must be given as text")
    return value


def _key(request: Request) -> Key | None:
    key = request.get("key")
    if key is None:
        return None
    if not isinstance(key, dict) or not all(isinstance(value, str) for value in key.values()):
        raise RequestError("key must be an object of application identifiers and their values as text")
    return key


def _gcp_length(request: Request) -> int | None:
    length = request.get("gcp_length")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int)):
        raise RequestError(f"gcp_length must be a number of digits, not {length!r}")
    return length
