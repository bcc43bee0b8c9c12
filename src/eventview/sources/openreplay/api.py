"""Requests to a server's API: each gives data, or raises the failure that its answer stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Self, TypeVar

from eventview.errors import InvalidDataError
from eventview.session.source import OnStatus, SessionRef
from eventview.session.text import clean
from eventview.sources.openreplay.base_urls import Endpoint
from eventview.sources.openreplay.connection import Connection
from eventview.sources.openreplay.http_errors import (
    Subject,
    is_wrong_prefix,
    no_api,
    refusal,
    unexpected_data,
)
from eventview.sources.openreplay.request_log import mask_key_in
from eventview.sources.openreplay.responses import HttpRequest, Response
from eventview.sources.openreplay.transport import Transport

Result = TypeVar("Result")


class WrongPrefixError(Exception):
    """The API is not at this address; carries the answer that shows it."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def read_data(body: bytes) -> object:
    """Return the `data` of a JSON answer.

    Raises:
        InvalidDataError: the answer has none.
    """
    from eventview.sources.json_reader import read_json  # noqa: PLC0415  # after the request

    answer = read_json(body)
    if isinstance(answer, Mapping) and "data" in answer:
        return answer["data"]
    raise InvalidDataError("The answer has no data.")


class Api:
    """An open client of a server's API; a context manager, safe in several threads.

    Args:
        connection: the server.
        on_status: callback for status messages (retries, slow answers).
        endpoint: the endpoint of the first request; the likeliest by default.

    Raises:
        UsageError: no request can be made in this environment; see `Transport`.
    """

    def __init__(
        self, connection: Connection, on_status: OnStatus, endpoint: Endpoint | None = None
    ) -> None:
        self.connection = connection
        self.endpoint = endpoint or connection.endpoints()[0]
        """The endpoint that requests go to."""
        self._transport = Transport(connection.server, on_status)

    def __enter__(self) -> Self:
        self._transport.__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._transport.__exit__(kind, error, trace)

    def try_endpoints(self, read: Callable[[], Iterator[Result]]) -> Iterator[Result]:
        """Yield the results of the first endpoint that has the API; the next run tries it first.

        Args:
            read: sends requests to `endpoint` and yields what they give.

        Raises:
            EventviewError: no endpoint has the API, or `read` raised it.
        """
        connection = self.connection
        refused: list[Response] = []
        for endpoint in connection.endpoints():
            self.endpoint, has_api = endpoint, False
            try:
                for result in read():
                    if not has_api:
                        has_api = True
                        connection.api_cache.remember_endpoint(connection.root, endpoint)
                    yield result
            except WrongPrefixError as wrong:
                if has_api:
                    api = endpoint.api
                    raise no_api([wrong.answer], connection.place, api=api) from None
                refused.append(wrong.answer)
            else:
                return
        raise no_api(refused, connection.place, api=connection.server.api)

    def send(self, request: HttpRequest) -> Response:
        """Send a request and return its answer, data or not; see `Transport.send`."""
        return self._transport.send(request._replace(is_bearer=self.endpoint.api == "v2"))

    def fetch(
        self,
        request: HttpRequest,
        subject: Subject,
        session_ref: SessionRef,
        read: Callable[[bytes], Result],
    ) -> Result:
        """Send a request and return the data in its answer.

        Args:
            request: a request to `endpoint`.
            subject: the subject of the request, for messages.
            session_ref: the session, user or project that is requested, for messages.
            read: returns the data of a body; raises `InvalidDataError` for one of another form.

        Raises:
            WrongPrefixError: the API is not at `endpoint`.
            NotAuthorisedError: the key was refused.
            NotFoundError: the server does not know the project.
            UsageError: the server cannot read the session's id.
            UnavailableError: no connection, no answer in time, a failing server.
            InvalidDataError: the answer is not the requested data.
        """
        connection, endpoint = self.connection, self.endpoint
        answer = self.send(request)
        url = clean(endpoint.base)
        if is_wrong_prefix(answer):
            raise WrongPrefixError(answer)
        if answer.status != HTTPStatus.OK:
            failure = refusal(
                answer,
                session_ref,
                url,
                api=endpoint.api,
                subject=subject,
                key=connection.key,
                retype=connection.retype,
            )
            # A caller may keep the failure and go on, while the transport masks those that leave.
            mask_key_in(failure, connection.server.key)
            raise failure
        try:
            return read(answer.body)
        except InvalidDataError:
            raise unexpected_data(answer, url, subject=subject) from None
