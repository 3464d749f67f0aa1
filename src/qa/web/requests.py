"""Reads bodies and queries: what is not as the models say is a problem that names each fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from qa.web.problems import Problem

Model = TypeVar("Model", bound=BaseModel)

_JSON = "application/json"
_MOST_FAULTS = 20


async def body_of(request: Request, model: type[Model]) -> Model:
    """Raises Problem."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _JSON:
        raise Problem(415, "unsupported-media-type", headers={"Accept": _JSON})
    body = await request.body()
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "invalid-json", f"Byte {error.start} is no UTF-8.") from error
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _problem(error, pointer="/") from error


def query_of(request: Request, model: type[Model]) -> Model:
    """Raises Problem."""
    values: dict[str, Any] = {}
    for name in request.query_params:
        given = request.query_params.getlist(name)
        field = model.model_fields.get(name)
        several = field is not None and get_origin(field.annotation) is list
        values[name] = given if several or len(given) > 1 else given[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _problem(error, pointer="") from error


def wants_events(request: Request) -> bool:
    """Whether the result is to come as server-sent events."""
    stream = request.query_params.get("stream")
    if stream is not None:
        return stream.lower() in ("", "1", "true")
    return "text/event-stream" in request.headers.get("accept", "")


def _problem(error: ValidationError, pointer: str) -> Problem:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return Problem(400, "invalid-json", found[0]["msg"])
    faults = [{"pointer": pointer + _place(one["loc"]), "detail": one["msg"]} for one in found[:_MOST_FAULTS]]
    first = faults[0]
    return Problem(422, "invalid", f"{first['pointer']}: {first['detail']}", faults=faults)


def _place(location: Sequence[int | str]) -> str:
    """As a JSON Pointer (RFC 6901), without the first slash."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in location)
