"""Two sessions compared without the interface: both read whole, and written as one of the formats."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eventview.cli import headless
from eventview.comparison.diff import compare
from eventview.errors import UsageError
from eventview.export.comparison_report import FORMATS
from eventview.render import rows
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.cli.headless import Export
    from eventview.cli.resolve import Target
    from eventview.session.source import Say
    from eventview.view.view import Lens


def write(first: Target, second: Target, lens: Lens, export: Export, say: Say) -> None:
    """Write what is different between two sessions.

    Args:
        first: the session to compare with.
        second: the session that is compared.
        lens: what to compare of them.
        export: how to write it, and where to.
        say: told what is noticed on the way.

    Raises:
        UsageError: there is no such format for a comparison.
        NotFoundError: a session has no such moment as is looked for.
        EventviewError: what stopped a source, after what had come has been compared.
    """
    if export.format_name not in FORMATS:
        raise UsageError(
            f"A comparison is not written as {export.format_name}.",
            cure=f"Use --format {', '.join(FORMATS)}.",
        )
    sessions, failures = zip(
        *(headless.read(target, say) for target in (first, second)), strict=True
    )
    # Both by the rules of the first: they must not differ by how they are read.
    views = [View(replace(session, rules=first.rules), lens) for session in sessions]
    for view, failure in zip(views, failures, strict=True):
        if failure is None:
            headless.refuse_absent_moments(view)
        remarks = (lens.types.remark(view.session), lens.filter.remark(view.session))
        for said in (*remarks, view.left_out):
            say(said and f"{rows.name(view.session)}: {said}")
    if export.is_written:
        place = export.of_a_part() if any(failures) else export
        headless.put(FORMATS[export.format_name](compare(*views)), place, say)
    for session in sessions:
        if session.origin.redaction:
            say(f"{rows.name(session)}: {session.origin.redaction}")
        missing = rows.missing(session)
        if missing:
            say(f"{rows.name(session)} is incomplete: {missing}")
    first_failure, second_failure = failures
    if first_failure is not None and second_failure is not None:
        say(f"{rows.name(sessions[1])}: {second_failure}")
    if first_failure or second_failure:
        raise first_failure or second_failure
