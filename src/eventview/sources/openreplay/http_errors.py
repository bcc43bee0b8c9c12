"""Error messages for answers without data, of OpenReplay or of something in front of it."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, Literal

from eventview.errors import (
    EventviewError,
    InvalidDataError,
    NotAuthorisedError,
    NotFoundError,
    Retype,
    UnavailableError,
    UsageError,
)
from eventview.session.source import SessionRef
from eventview.session.text import clean, shorten
from eventview.sources.openreplay.responses import (
    KEY_STATUSES,
    MESSAGE_FIELDS,
    Response,
    any_message,
    is_login,
    is_web_page,
    login_method,
    refusal_message,
    status_sentence,
    title_of,
)

Subject = Literal["session", "user", "project", "projects"]
"""Subject of a request: a session's events, a user's sessions, one project, all projects."""

_NAMES: Final = {
    "session": "a session's events",
    "user": "a list of sessions",
    "project": "a project",
    "projects": "a list of projects",
}

_CHECK_URL: Final = (
    "Check --url; for a self-hosted OpenReplay https://openreplay.example.com is enough."
)

_NO_TLS: Final = (
    "If it has no TLS, write http:// before its address; another machine's takes --insecure-http."
)


class FailingError(UnavailableError):
    """API that exists and answers 500."""


def refusal(  # noqa: PLR0913  # what was asked, of whom, with which key
    answer: Response,
    session_ref: SessionRef,
    url: str,
    *,
    api: Literal["v1", "v2"] = "v1",
    subject: Subject = "session",
    key: str = "OPENREPLAY_API_KEY",
    retype: Retype | None = None,
) -> EventviewError:
    """Return the failure for an answer with a status other than 200.

    Args:
        answer: the answer.
        session_ref: the session, user or project that was requested.
        url: the base URL, cleaned.
        api: the version of the API.
        subject: the subject of the request.
        key: the source of the API key, for messages.
        retype: callback for another API key if this one was typed.
    """
    status = answer.status
    if (foreign := _foreign_failure(answer, url, api)) is not None:
        return foreign
    message = any_message(answer)
    reason = status_sentence(answer, message, api)
    # A request for all projects names none that could be missing.
    names_project = subject != "projects"
    is_v2 = api == "v2" and names_project
    project = shorten(session_ref.name, 80) if is_v2 else ""
    is_about_project = names_project and "project" in message.lower()
    match status:
        case HTTPStatus.BAD_REQUEST | HTTPStatus.REQUEST_ENTITY_TOO_LARGE if api == "v2":
            return _not_accepted(reason)
        case HTTPStatus.UNAUTHORIZED if is_about_project and not is_v2:
            return _no_project(session_ref, reason)  # the Enterprise Edition's message
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return _key_refused(status, reason, key, retype, project)
        case HTTPStatus.NOT_FOUND | HTTPStatus.BAD_REQUEST if is_about_project:
            return _no_project(session_ref, reason)
        case HTTPStatus.UNPROCESSABLE_ENTITY | HTTPStatus.BAD_REQUEST:
            is_session = subject == "session"
            return _no_session_id(session_ref, reason) if is_session else _not_accepted(reason)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return InvalidDataError(
                f"The server at {url} does not accept this request.",
                reason=reason,
                hint="This is not OpenReplay's API; check --url.",
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _too_many_requests(answer.retry_after, reason)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _server_error(status, reason, api, subject)
        case _ if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return _redirected(answer, url)
    return InvalidDataError(
        "The server's answer is not understood.", reason=reason, hint="Check --url."
    )


def _key_refused(
    status: int, reason: str, key: str, retype: Retype | None, project: str
) -> NotAuthorisedError:
    """Return the failure for a key that OpenReplay refuses; `project` may be unknown instead."""
    if status == HTTPStatus.FORBIDDEN:
        failure = NotAuthorisedError(
            "The server does not allow this request.",
            reason=reason,
            hint=f"Check {key}, and that nothing between here and the server drops the "
            "Authorization header.",
        )
    elif project:
        failure = NotAuthorisedError(
            "The server refused the API key, or does not know the project.",
            reason=f"{reason} It does not say which, and something in front of it may answer "
            f"the same. The requested project is {project}.",
            hint=f"Check {key} (in OpenReplay: Preferences > Account) and the "
            "project's key (Preferences > Projects); both have 20 letters and digits and "
            "are easily swapped.",
        )
    else:
        failure = NotAuthorisedError(
            "The server refused the API key.",
            reason=reason,
            hint=f"{'Type' if retype else f'Set {key} to'} the organisation's API key (in "
            "OpenReplay: Preferences > Account); a project key or a login's token will not do.",
        )
    failure.retype = retype
    return failure


def _too_many_requests(retry_after: str, reason: str) -> UnavailableError:
    is_number = retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10
    wait_s = max(60, int(retry_after) if is_number else 0)
    return UnavailableError(
        "The server asks for fewer requests.",
        reason=reason,
        hint=f"Try again in {'a minute' if wait_s == 60 else f'{wait_s} s'}.",
    )


def _redirected(answer: Response, url: str) -> InvalidDataError:
    target = shorten(clean(answer.location), 200)
    if not target:
        return InvalidDataError(
            f"{url} answers with a redirect that has no address.",
            reason=f"Status {answer.status}, which does not fit the request. A cache or a proxy in "
            "front of the server may send it.",
            hint="Check --url, and what is between here and the server.",
        )
    hint = "The key is never sent to another host; set --url to the right address."
    if is_login(target):
        hint = (
            "It looks like a login page in front of the server, which takes no API key: its "
            "operators can let the API's addresses pass. The key is never sent to another host."
        )
    return InvalidDataError(
        f"{url} redirects requests elsewhere.",
        reason=f"Status {answer.status}, to {target}.",
        hint=hint,
    )


def _foreign_failure(answer: Response, url: str, api: Literal["v1", "v2"]) -> EventviewError | None:
    """Return the failure for a refusal that is not OpenReplay's; None if it may be.

    OpenReplay refuses with JSON of one field or an empty body, and never with a login header.
    """
    # v2's documentation has "error"; v2 itself refuses a key with an empty body.
    of_a_key = {"errors"} if api == "v1" else {"errors", "error"}
    fields = of_a_key if answer.status in KEY_STATUSES else MESSAGE_FIELDS
    is_foreign = (
        answer.login
        or is_web_page(answer)
        or (answer.body.strip() and not refusal_message(answer.body, fields))
    )
    match answer.status:
        case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return proxy_login(answer)
        case HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED:
            return UnavailableError(
                "The network asks for a login.",
                reason=status_sentence(answer),
                hint="Open any web page in a browser to log in, then try again.",
            )
        case 400 | 401 | 403 | 413 | 422 if is_foreign:
            return _in_front(answer, url)
    return None


def _in_front(answer: Response, url: str) -> EventviewError:
    """Return the failure for a refusal by something in front of the server."""
    status, title, message = answer.status, title_of(answer), any_message(answer)
    shown = (
        f'the page "{title}"' if title else f'"{message}"' if message else "a page without a title"
    )
    software = shorten(clean(answer.server), 40)
    login = login_method(answer.login)
    reason = (
        f"At {url}, {software or 'something'} answers {shown} (status {status})"
        + (f" and asks for a login: {login}." if login else ".")
        + " OpenReplay's own answers are different, so the API key may be right."
    )
    if "https port" in title.lower():
        return InvalidDataError(
            f"{url} is asked without TLS, but its port uses TLS.",
            reason=reason,
            hint="Write https:// before its address.",
        )
    if status not in KEY_STATUSES:
        return InvalidDataError(
            "Something in front of the server does not accept this request.",
            reason=reason,
            hint="Check --url and what is between here and the server (proxy, VPN, firewall).",
        )
    return NotAuthorisedError(
        "Something in front of the server asks for a login of its own."
        if status == HTTPStatus.UNAUTHORIZED
        else "Something in front of the server does not let this request pass.",
        reason=reason,
        hint="Ask its operators to let the API's addresses pass with their Authorization header, "
        "or set --url to one that leads to OpenReplay directly; a VPN may be needed.",
    )


def proxy_login(answer: Response | None = None) -> UnavailableError:
    """Return the failure for a proxy that asks for a user and a password.

    Args:
        answer: its answer, if it could be read.
    """
    login = login_method(answer.login) if answer else ""
    title = title_of(answer) if answer else ""
    return UnavailableError(
        "A proxy between here and the server asks for a login.",
        reason="Status 407"
        + (f', with the page "{title}"' if title else "")
        + (f"; it asks for {login}." if login else ".")
        + " The API key has nothing to do with it.",
        hint="Write user and password into HTTPS_PROXY or HTTP_PROXY, as "
        "http://USER:PASSWORD@HOST:PORT, or name the server in NO_PROXY to go without the proxy.",
    )


def _server_error(
    status: int, reason: str, api: Literal["v1", "v2"], subject: Subject
) -> UnavailableError:
    message = "The server failed to answer."
    log = "the server's operators have the reason in their log."
    hint = f"Try again; if it keeps failing, {log}"
    match status, api, subject:
        case HTTPStatus.BAD_GATEWAY, "v2", _:
            message = "The proxy in front of the server got no answer from it."
            reason = f"{reason} This happens while the server restarts"
            hint = "Try again in a minute"
            if subject == "projects":
                reason, hint = f"{reason}.", f"{hint}; if it keeps failing, {log}"
            else:
                reason += ", and in OpenReplay's Enterprise Edition also for an unknown project."
                hint += "; if it keeps failing, check the project's key."
        case HTTPStatus.INTERNAL_SERVER_ERROR, "v1", "session":
            # A KeyError in their `events_ch.py`, for the whole session.
            hint = (
                f"{hint} If other sessions open, the cause may be in this one's events: "
                "releases 1.24 to 1.26 fail for a page load with an end and without a start."
            )
        case HTTPStatus.INTERNAL_SERVER_ERROR, "v1", "projects":
            message = "The server does not list its projects now."
            hint = (
                "Releases 1.23 to 1.26 list them once in 20 s: try again in 20 s, or give the "
                "project's key, which needs no list: eventview PROJECT SESSION. If it keeps "
                f"failing, {log}"
            )
    is_failing = status == HTTPStatus.INTERNAL_SERVER_ERROR
    failure = FailingError if is_failing else UnavailableError
    return failure(message, reason=reason, hint=hint)


def _not_accepted(reason: str) -> InvalidDataError:
    return InvalidDataError(
        "The server does not accept this request.",
        reason=reason,
        hint="The release may be newer than this version of eventview; please report it.",
    )


def _no_session_id(session_ref: SessionRef, reason: str) -> UsageError:
    return UsageError(
        f"The server cannot read {shorten(session_ref.session_id, 80)} as a session id.",
        reason=reason,
        hint="A session id is a number, the last part of a replay link.",
    )


def _no_project(session_ref: SessionRef, reason: str) -> NotFoundError:
    return NotFoundError(
        f"The server has no project {shorten(session_ref.name, 80)}.",
        reason=reason,
        hint="Project keys have 20 letters and digits and capitals count; the key is in "
        "OpenReplay under Preferences > Projects. The number in a replay link is not the key.",
    )


def connect_failure(
    error_text: str, place: str, through: str, timeout_s: float | None = None
) -> UnavailableError:
    """Return the failure for a server that cannot be connected to.

    Args:
        error_text: the system's or OpenSSL's message, cleaned.
        place: the server, cleaned.
        through: a sentence about the proxy, after a blank; "" for none.
        timeout_s: the limit in seconds that was exceeded; None for another failure.
    """
    if timeout_s is not None and "handshake" in error_text:
        return UnavailableError(
            f"{place} did not complete the TLS handshake within {timeout_s:g} s.",
            reason=f"It accepted the connection, then sent nothing.{through}",
            hint=f"Check the port. {_NO_TLS}",
        )
    if timeout_s is not None:
        return UnavailableError(
            f"{place} did not accept a connection within {timeout_s:g} s.",
            reason=through.strip(),
            hint="Check the address and the network (VPN, proxy), then try again.",
        )
    if "CERTIFICATE" in error_text.upper():
        return UnavailableError(
            f"The TLS certificate of {place} is not trusted.",
            reason=f"{error_text}.",
            hint=_certificate_hint(error_text.lower()),
        )
    return UnavailableError(
        f"{place} cannot be reached.",
        reason=f"{error_text or 'Connection failed'}.{through}",
        hint="Check --url, that the server is up, and the network (VPN, proxy)."
        + f" {_NO_TLS}" * ("SSL" in error_text),
    )


def _certificate_hint(error_text: str) -> str:
    """Return the hint for a certificate error, by the message of OpenSSL, macOS or Windows."""
    if "expired" in error_text:
        return "Its operators have to renew it. If they have, check the clock of this machine."
    if "not yet valid" in error_text:
        return "Check the clock of this machine; if it is right, its operators have to correct it."
    if "mismatch" in error_text or "not match" in error_text:
        return "Set --url to the name that the certificate is for; its operators know which."
    if "revoked" in error_text:
        return "Its operators have to replace it."
    return (
        "If it was issued by your own authority, add that to the system's store or name it in "
        "SSL_CERT_FILE."
    )


def no_api(
    answers: Sequence[Response], place: str, *, api: Literal["auto", "v1", "v2"] = "auto"
) -> EventviewError:
    """Return the failure for a server that has no API at any of its addresses.

    Args:
        answers: the answers, at least one.
        place: the server, cleaned.
        api: the version that was requested.
    """
    missing = {
        "auto": "Neither its first nor its second version answers",
        "v1": "Its first version does not answer",
        "v2": "Its second version does not answer",
    }[api]
    hint = f"{_CHECK_URL} If --api or a profile names a version, try --api auto."
    if all(map(is_web_page, answers)):
        return _web_page(answers[0], place, hint)
    others = [answer for answer in answers if not is_web_page(answer)]
    replies = "; ".join(
        dict.fromkeys(any_message(other) or f"status {other.status}" for other in others)
    )
    return NotFoundError(
        f"There is no API of OpenReplay at {place}.",
        reason=f"{missing} where it should: {replies}.",
        hint=hint,
    )


def unexpected_data(
    answer: Response, url: str, *, subject: Subject = "session"
) -> InvalidDataError:
    """Return the failure for a 200 without the expected data, mostly because of a wrong URL."""
    if is_web_page(answer):
        return _web_page(answer, url, _CHECK_URL)
    start = clean(answer.body[:80].decode("utf-8", "replace"))
    return InvalidDataError(
        f"The answer from {url} is not {_NAMES[subject]}.",
        reason=f"It begins with: {start}" if start else "It is empty.",
        hint="Check --url; something else may be answering there.",
    )


def _web_page(answer: Response, place: str, hint: str) -> InvalidDataError:
    title = title_of(answer)
    reason = f'Its title is "{title}". ' if title else ""
    if title != "OpenReplay" and is_login(title, answer.body):
        return InvalidDataError(
            f"{place} is a login page, not OpenReplay's API.",
            reason=f"{reason}It stands in front of the server and takes no API key.",
            hint="Ask its operators to let the API's addresses pass, or set --url to one that "
            "leads to OpenReplay directly; a VPN may be needed.",
        )
    return InvalidDataError(
        f"{place} is a web page, not OpenReplay's API.",
        reason=f"{reason}A self-hosted OpenReplay shows it for addresses without an API.",
        hint=hint,
    )


def is_wrong_prefix(answer: Response) -> bool:
    """Tell whether an answer shows that the API is not under this base.

    OpenReplay's API says "Not Found" for unknown addresses and "project not found." for unknown
    projects; its web application answers any address with a page.
    """
    if answer.status == HTTPStatus.NOT_FOUND:
        return "project" not in refusal_message(answer.body).lower()
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
        # The web server in front of the web application takes no POST.
        return is_web_page(answer) or not answer.body
    return answer.status == HTTPStatus.OK and is_web_page(answer)
