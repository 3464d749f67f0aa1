"""The description of the API by OpenAPI 3.1, made of the models that requests are checked by."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from qa.hosting.version import VERSION
from qa.web import schemas
from qa.web.problems import MEDIA_TYPE

_REF = "#/components/schemas/{model}"
_BODIES: dict[str, type[BaseModel]] = {
    "ask": schemas.AskRequest,
    "search": schemas.SearchRequest,
    "begin_conversation": schemas.ConversationRequest,
    "take_turn": schemas.TurnRequest,
}
_QUERIES: dict[str, type[BaseModel]] = {
    "list_conversations": schemas.PageQuery,
    "list_documents": schemas.DocumentsQuery,
    "read_document": schemas.DocumentQuery,
}
_OPERATIONS: tuple[tuple[str, str, str, str, int, type[BaseModel] | None], ...] = (
    ("post", "/v1/ask", "ask", "Answer a question from the documents.", 200, schemas.Answer),
    ("post", "/v1/search", "search", "Find the passages nearest to a query.", 200, schemas.SearchResult),
    ("post", "/v1/conversations", "begin_conversation", "Begin a conversation.", 201, schemas.ConversationSummary),
    ("get", "/v1/conversations", "list_conversations", "List your conversations.", 200, schemas.ConversationPage),
    ("get", "/v1/conversations/{id}", "read_conversation", "Read a conversation.", 200, schemas.ConversationDetail),
    ("delete", "/v1/conversations/{id}", "delete_conversation", "Delete a conversation for good.", 204, None),
    (
        "post",
        "/v1/conversations/{id}/turns",
        "take_turn",
        "Ask a question in a conversation; it may be a follow-up.",
        200,
        schemas.Answer,
    ),
    (
        "get",
        "/v1/collections",
        "list_collections",
        "List the collections that you may ask.",
        200,
        schemas.CollectionList,
    ),
    ("get", "/v1/documents", "list_documents", "List the documents that are indexed.", 200, schemas.DocumentPage),
    ("get", "/v1/documents/{path}", "read_document", "Read the text of a document.", 200, schemas.DocumentText),
    ("get", "/v1/status", "status", "What can be asked now, and how far indexing is.", 200, schemas.Status),
    ("get", "/healthz", "healthz", "Whether the server lives.", 200, schemas.Health),
    ("get", "/readyz", "readyz", "Whether it can answer.", 200, schemas.Health),
)
_STREAMED = {"ask", "search", "take_turn", "status"}
_PATHS = {
    "id": "Of a conversation.",
    "path": "Of a document, as citations have it; it begins with the collection's name.",
}


@cache
def description() -> dict[str, Any]:
    """The document at `/openapi.json`."""
    models: set[type[BaseModel]] = {
        *_BODIES.values(),
        *(one[5] for one in _OPERATIONS if one[5]),
        schemas.ProblemDetails,
    }
    ordered = sorted(models, key=lambda model: model.__name__)
    references, schema = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    named = {model: references[(model, "validation")] for model in ordered}
    paths: dict[str, dict[str, Any]] = {}
    for method, path, name, summary, status, result in _OPERATIONS:
        operation: dict[str, Any] = {
            "operationId": name,
            "summary": summary,
            "parameters": [*_path_parameters(path), *_query_parameters(name)],
            "responses": {
                str(status): {"description": summary, **_content(name, named, result)},
                "default": {
                    "description": "What went wrong (RFC 9457).",
                    "content": {MEDIA_TYPE: {"schema": named[schemas.ProblemDetails]}},
                },
            },
        }
        if name in _BODIES:
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": named[_BODIES[name]]}},
            }
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "qa",
            "version": VERSION,
            "description": "Answers from documents, word for word, with the place they stand.",
        },
        "paths": paths,
        "components": {
            "schemas": schema.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _content(name: str, named: dict[type[BaseModel], dict[str, Any]], result: type[BaseModel] | None) -> dict[str, Any]:
    if result is None:
        return {}
    content: dict[str, Any] = {"application/json": {"schema": named[result]}}
    if name in _STREAMED:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {"content": content}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": about, "schema": {"type": "string"}}
        for name, about in _PATHS.items()
        if f"{{{name}}}" in path
    ]


def _query_parameters(name: str) -> list[dict[str, Any]]:
    parameters = []
    if name in _QUERIES:
        properties = _QUERIES[name].model_json_schema()["properties"]
        parameters = [
            {"name": one, "in": "query", "description": schema.get("description", ""), "schema": schema}
            for one, schema in properties.items()
        ]
    if name in _STREAMED:
        about = "Give the result as server-sent events; so does Accept: text/event-stream."
        parameters.append({"name": "stream", "in": "query", "description": about, "schema": {"type": "boolean"}})
    return parameters
