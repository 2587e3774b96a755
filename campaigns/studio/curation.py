"""Curation: the hand-picked lists of an edition, changed in their table, with author and time, and undone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from campaigns.ground.errors import ConfigurationError, GuardError
from campaigns.plan.edition_folder import EditionFolder
from campaigns.studio.data import Data
from campaigns.studio.workshop import Workshop
from recsource.engine import Queries

_SQL = Queries("campaigns")
_FORMATS = {".csv": "csv, HEADER", ".parquet": "parquet, COMPRESSION zstd"} | dict.fromkeys(
    (".jsonl", ".ndjson", ".json"), "json"
)
_MOST = 50
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that could be picked, and what it has earned so far.

    Attributes:
        listeners: people who played it; `completed` how many of them to its end.
        recommended: planned emails of the treatment that show it.
    """

    item_id: str
    title: str
    kind: str
    narrator: str | None
    duration_s: int
    published_at: datetime
    language: str
    for_kids: bool
    image_url: str
    listeners: int
    completed: int
    favourites: int
    recommended: int


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a list, as the edition's folder remembers it.

    Attributes:
        at: UTC, ISO 8601.
        undoes: whether it put back what the change before had replaced.
    """

    at: str
    author: str
    language: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class Curation:
    """An edition's curated lists.

    Attributes:
        data: holds the table `curated` as it is on disk.
    """

    workshop: Workshop
    data: Data

    def listed(self, language: str) -> tuple[str, ...]:
        """The list of a language, the foremost first."""
        query = _SQL("studio/curated", edition=self.workshop.edition.name, language=language)
        return tuple(str(item_id) for (item_id,) in self.data.engine.rows(query))

    def candidates(self, language: str, as_of: datetime, span: timedelta) -> Sequence[Candidate]:
        """What came out in that language in the time before an edition, and what is listed; the newest first."""
        plan = self.workshop.folder.plan
        query = _SQL(
            "studio/candidates",
            language=language,
            edition=self.workshop.edition.name,
            since=as_of - span,
            until=as_of,
            now=self.workshop.clock(),
            plan=plan if plan.is_file() else None,
        )
        return [Candidate(*cast("Any", row)) for row in self.data.engine.rows(query)]

    def save(self, language: str, item_ids: Sequence[str], author: str, seen: Sequence[str]) -> None:
        """Replace a list: in its table, all at once, with the author and the time.

        Args:
            language: whose.
            item_ids: the foremost first.
            author: who says so.
            seen: the list that they changed.

        Raises:
            GuardError: it has been changed by somebody else meanwhile.
            ConfigurationError: nobody is named, an item is unknown or stands twice, or the table cannot be
                changed.
        """
        before = self.listed(language)
        if tuple(seen) != before:
            raise GuardError("the list was changed by somebody else meanwhile; look at it again, then change it")
        self._replace(language, tuple(item_ids), before, author, undoes=False)

    def undo(self, language: str, author: str) -> None:
        """Put back the list that the last change replaced.

        Raises:
            ConfigurationError: there is nothing to undo.
        """
        left = self.undoable(language)
        if not left:
            raise ConfigurationError(f"no change of the {language} list is left to undo")
        self._replace(language, left[-1].before, self.listed(language), author, undoes=True)

    def undoable(self, language: str) -> list[Edit]:
        """The changes of a list that have not been undone, the latest last."""
        done: list[Edit] = []
        for edit in self.history(language):
            if edit.undoes:
                done.pop()
            else:
                done.append(edit)
        return done

    def history(self, language: str) -> list[Edit]:
        """All changes of a list, the latest last."""
        return [edit for edit in _read(_history(self.workshop.folder)) if edit.language == language]

    def _replace(
        self, language: str, after: tuple[str, ...], before: tuple[str, ...], author: str, *, undoes: bool
    ) -> None:
        name = " ".join(author.split())[:_LONGEST_NAME]
        if not name:
            raise ConfigurationError("a change of the curated picks needs a name; say who makes it")
        self._require_items(after)
        now = self.workshop.clock()
        _require_one_file(self.data)
        self._write(language, after, name, now)
        _append(
            _history(self.workshop.folder), Edit(now.isoformat(), name, language, before, after, undoes=undoes)
        )

    def _require_items(self, item_ids: Sequence[str]) -> None:
        if len(item_ids) > _MOST or len({*item_ids}) < len(item_ids):
            raise ConfigurationError(f"a list has each item once, and at most {_MOST} of them; choose fewer")
        known = {str(key) for key, _ in self.data.engine.rows(_SQL("studio/titles", item_ids=sorted(item_ids)))}
        if strangers := sorted({*item_ids} - known):
            raise ConfigurationError(f"the catalogue has no item {', '.join(strangers)}; choose others")

    def _write(self, language: str, item_ids: Sequence[str], author: str, now: datetime) -> None:
        """The whole table anew, beside the old one, which it then replaces: nobody ever reads half of it."""
        engine, path = self.data.engine, _require_one_file(self.data)
        engine.load(
            "chosen",
            {"position": "INTEGER", "item_id": "VARCHAR"},
            [(n, item_id) for n, item_id in enumerate(item_ids, 1)],
        )
        draft = path.with_name(f".{path.name}-draft")
        try:
            with engine.one_thread():
                engine.run(
                    _SQL(
                        "studio/write_curated",
                        edition=self.workshop.edition.name,
                        language=language,
                        author=author,
                        curated_at=now.astimezone(UTC),
                        path=draft,
                        format=_FORMATS[path.suffix.lower()],
                    )
                )
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        self.data.read_curated()


def _require_one_file(data: Data) -> Path:
    files = data.inputs.sources["curated"].files
    if len(files) != 1:
        raise ConfigurationError(
            f"`curated` under [data] in winddown.toml names {len(files)} files; the studio can change one; name "
            "one file there, or change the lists where these files come from"
        )
    return files[0]


def _history(folder: EditionFolder) -> Path:
    return folder.path / "curation.jsonl"


def _read(path: Path) -> Iterator[Edit]:
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        edit = json.loads(line)
        yield Edit(**edit | {"before": tuple(edit["before"]), "after": tuple(edit["after"])})


def _append(path: Path, edit: Edit) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(edit), ensure_ascii=False) + "\n")
