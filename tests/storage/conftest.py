"""A server on this machine that speaks the protocol of S3."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from qa.corpus_place import BucketAddress

_NEEDED = "pip install 'qa[s3]' 'moto[server]' for the tests with object storage"
_BUCKET = "notes"
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


class Requests(logging.Handler):
    """What the server was asked for, as "GET /bucket/key"."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        request = _COLOURS.sub("", record.getMessage()).partition('"')[2]
        self.lines.append(request.partition(" HTTP")[0])

    def reads(self) -> list[str]:
        """The keys of the objects that were read since this was last asked."""
        paths = [line.removeprefix("GET ").partition("?")[0] for line in self.lines if line.startswith("GET ")]
        self.lines.clear()
        return sorted(path.split("/", 2)[2] for path in paths if path.count("/") > 1 and path.split("/", 2)[2])


class Storage:
    """A bucket, which a test finds empty."""

    bucket = _BUCKET

    def __init__(self, endpoint: str, requests: Requests) -> None:
        import boto3

        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "not-to-be-shown",
            "AWS_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }
        self.requests = requests
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="not-to-be-shown",
        )

    def put_all(self, documents: dict[str, bytes]) -> None:
        """By key."""
        for key, content in documents.items():
            self.client.put_object(Bucket=_BUCKET, Key=key, Body=content)

    def delete(self, *keys: str) -> None:
        for key in keys:
            self.client.delete_object(Bucket=_BUCKET, Key=key)

    def let_in(self, *, nobody: bool) -> None:
        """Whether the server knows none of the callers from now on, or does not ask who they are."""
        import requests

        reset = f"{self.environment['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
        requests.post(reset, data="0" if nobody else "inf", timeout=10).raise_for_status()

    @staticmethod
    def address(prefix: str = "") -> BucketAddress:
        return BucketAddress("s3", _BUCKET, prefix)


@pytest.fixture(scope="session")
def server() -> Iterator[Storage]:
    pytest.importorskip("s3fs", reason=_NEEDED)
    moto = pytest.importorskip("moto.server", reason=_NEEDED)
    requests = Requests()
    log = logging.getLogger("werkzeug")
    log.setLevel(logging.INFO)
    log.addHandler(requests)
    running = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    storage = Storage(f"http://{host}:{port}", requests)
    # For all of the run: the client that reads is opened once.
    before = dict(os.environ)
    os.environ.update(storage.environment)
    try:
        yield storage
    finally:
        os.environ.clear()
        os.environ.update(before)
        running.stop()
        log.removeHandler(requests)


@pytest.fixture
def storage(server: Storage) -> Iterator[Storage]:
    server.client.create_bucket(Bucket=_BUCKET)
    server.requests.lines.clear()
    try:
        yield server
    finally:
        found = server.client.list_objects_v2(Bucket=_BUCKET).get("Contents", [])
        server.delete(*(one["Key"] for one in found))
        server.client.delete_bucket(Bucket=_BUCKET)
