"""An account's resources: found by name, made where they are not there, waited for, removed.

Whatever is made is looked up first, and looked up again where Personalize says that it exists already: that is
what lets a process die between any two requests and begin anew without making anything twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from recsource.errors import RecsourceError
from recsource.personalize.kinds import Kind
from recsource.personalize.waiting import Deadline

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_personalize import PersonalizeClient

Resource = Mapping[str, Any]
_GONE = "ResourceNotFoundException"
_THERE = "ResourceAlreadyExistsException"
_BUSY = "ResourceInUseException"
_FULL = "LimitExceededException"
_SIGHTINGS = 5
"""How often what is said to exist is looked for: lists may lag behind, but not by more than a minute."""


class Account:
    """Personalize's books, as seen until a deadline.

    Args:
        client: talks to Personalize.
        deadline: when waiting ends.
        failing: the error to raise, with a sentence.
    """

    def __init__(self, client: PersonalizeClient, deadline: Deadline, failing: type[RecsourceError]) -> None:
        self._client = client
        self._deadline = deadline
        self._failing = failing

    def find(self, kind: Kind, name: str, within: str = "") -> str | None:
        """The ARN of the resource of that name; None where there is none."""
        named = [one for one in self.all(kind, within) if kind.anonymous or one[kind.name] == name]
        oldest = min(named, key=lambda one: one["creationDateTime"], default=None)
        return None if oldest is None else str(oldest[kind.arn])

    def all(self, kind: Kind, within: str = "") -> list[Resource]:
        """Every resource of a kind that belongs to another; the account's where no other is named."""
        narrowed = {kind.within: within} if within else {}
        with self._in_words(f"{kind.noun}s cannot be listed"):
            pages = self._paginator(kind).paginate(**narrowed)
            return [one for page in pages for one in page[kind.listed]]

    def ensure(self, kind: Kind, name: str, within: str = "", **parameters: object) -> str:
        """The ARN of the resource of that name, made with these parameters where it is not there.

        Where Personalize is busy with something that has to be done before, or with as much as it does at a
        time, this waits.
        """
        sightings, reason = 0, ""
        for _ in self._deadline.pauses():
            if arn := self.find(kind, name, within):
                return arn
            try:
                return str(self._call(kind.create, **{kind.name: name}, **parameters)[kind.arn])
            except ClientError as error:
                reason = _words(error)
                sightings += _code(error) == _THERE
                if not _passes(error) or sightings == _SIGHTINGS:
                    raise self._refused(kind, name, error) from error
            except BotoCoreError as error:
                raise self._failing(f"personalize: {kind.noun} {name} cannot be made: {error}") from error
        raise self._failing(self._late(f"{kind.noun} {name} could not be begun", f" ({reason})"))

    def wait(self, kind: Kind, arn: str) -> Resource:
        """The resource, once it is there; statuses differ between kinds, and have their endings in common."""
        status = ""
        for _ in self._deadline.pauses():
            found = self.look(kind, arn)
            status = str(found["status"])
            if status.endswith("ACTIVE"):
                return found
            if status.endswith(("FAILED", "STOPPED")) or status.startswith("DELETE"):
                raise self._failing(_failure(kind, found))
        raise self._failing(self._late(f"{kind.noun} {arn} is still {status}"))

    def look(self, kind: Kind, arn: str) -> Resource:
        """What Personalize knows of a resource."""
        with self._in_words(f"{kind.noun} {arn} cannot be described"):
            found: Resource = self._call(kind.describe, **{kind.arn: arn})[kind.member]
            return found

    def metrics(self, solution_version: str) -> dict[str, float]:
        """What Personalize says of a solution version's quality."""
        with self._in_words(f"metrics of {solution_version} cannot be had"):
            found = self._client.get_solution_metrics(solutionVersionArn=solution_version)["metrics"]
            return {str(name): float(value) for name, value in found.items()}

    def remove(self, kind: Kind, arn: str) -> None:
        """Delete a resource, and wait until it is gone; one that is gone already, or going, is no error."""
        for _ in self._deadline.pauses():
            try:
                if not self._is_going(kind, arn):
                    self._call(kind.delete, **{kind.arn: arn})
                if not kind.settles:
                    return
            except ClientError as error:
                if _code(error) == _GONE:
                    return
                if _code(error) != _BUSY:
                    raise self._failing(f"personalize: {arn} cannot be deleted: {_words(error)}") from error
            except BotoCoreError as error:
                raise self._failing(f"personalize: {arn} cannot be deleted: {error}") from error
        raise self._failing(self._late(f"{kind.noun} {arn} is still being deleted"))

    def _is_going(self, kind: Kind, arn: str) -> bool:
        if not kind.settles:
            return False
        found = self._call(kind.describe, **{kind.arn: arn})[kind.member]
        return str(found["status"]).startswith("DELETE")

    def _call(self, method: str, **parameters: object) -> Any:  # noqa: ANN401 - one of many shapes of answers
        return getattr(self._client, method)(**parameters)

    def _paginator(self, kind: Kind) -> Any:  # noqa: ANN401 - as above
        return self._client.get_paginator(kind.list)  # type: ignore[call-overload]  # the stubs want a literal

    def _refused(self, kind: Kind, name: str, error: ClientError) -> RecsourceError:
        advice = {
            _THERE: "; it is not listed, so that it was deleted or belongs to something else: name a new run",
            _FULL: "; remove old runs with `winddown recs prune`",
        }.get(_code(error), "")
        return self._failing(f"personalize: {kind.noun} {name} cannot be made: {_words(error)}{advice}")

    def _late(self, what: str, why: str = "") -> str:
        hours = self._deadline.patience.deadline.total_seconds() / 3600
        return (
            f"personalize: {what} after {hours:g} hours{why}; run the same run again, which goes on where "
            "this one stopped, or raise `deadline_hours`"
        )

    @contextmanager
    def _in_words(self, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise self._failing(f"personalize: {what}: {_words(error)}") from error
        except BotoCoreError as error:
            raise self._failing(f"personalize: {what}: {error}") from error


def _passes(error: ClientError) -> bool:
    """Whether the same request may succeed later."""
    at_a_time = _code(error) == _FULL and "PROGRESS" in _words(error)
    return at_a_time or _code(error) in {_THERE, _BUSY}


def _failure(kind: Kind, found: Resource) -> str:
    reason = found.get("failureReason") or "Personalize gives no reason"
    return (
        f"personalize: {kind.noun} {found.get(kind.name) or found[kind.arn]} is {found['status']}: {reason}; "
        "mend that, and name a new run, for what failed keeps its name"
    )


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _words(error: ClientError) -> str:
    return f"{error.response['Error'].get('Message', '')} ({_code(error)})"
