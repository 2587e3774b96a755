"""A campaign folder compiled: every template, for every variant and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.ground.edition import Edition
from campaigns.ground.errors import TemplateError
from campaigns.ground.identity import Identity
from campaigns.rendering.compiled import Body, Compiled, compile_body
from campaigns.rendering.environment import Environment, Script, html_environment, text_environment
from campaigns.rendering.html import compile_html
from campaigns.rendering.names import Vocabulary, check_names
from campaigns.rendering.sources import TemplateFiles, suggest
from campaigns.rendering.strings import Strings, load_strings
from campaigns.rendering.tags import mask
from campaigns.rendering.text import extract_text, fold_statement_lines
from campaigns.rendering.views import EditionView, LinksView, SenderView, Words

Values = Mapping[str, Any]
_OVERRIDABLE = {"body": ".mjml", "subject": ".txt", "preheader": ".txt"}
_VOCABULARY: Vocabulary = {
    "campaign": None,
    "edition": EditionView.known(),
    "links": LinksView.known(),
    "picks": None,
    "reader": None,
    "sender": SenderView.known(),
    "variant": None,
}


def compile_folder(
    folder: Path, identity: Identity, edition: Edition, languages: Sequence[str], variants: Sequence[str]
) -> tuple[Mapping[tuple[str, str], tuple[Compiled, Values]], str]:
    """Compile a folder's templates.

    Returns:
        For each variant and language the templates and the values that everybody shares; and the hash.

    Raises:
        TemplateError: see `compile_campaign`.
    """
    if not folder.is_dir():
        raise TemplateError(f"there is no campaign folder {folder.name!r} in {folder.parent}")
    files = TemplateFiles(folder)
    _check_overrides(files, variants)
    shared = {
        "campaign": edition.campaign,
        "edition": EditionView(edition),
        "sender": SenderView(identity),
    }
    compiled: dict[tuple[str, str], tuple[Compiled, Values]] = {}
    for language in languages:
        strings = load_strings(files, language)
        compiler = _Compiler(files, strings, {**shared, "t": Words(strings.table)})
        done: dict[tuple[Path, ...], Compiled] = {}
        for variant in variants:
            paths = tuple(_path(files, part, variant) for part in _OVERRIDABLE)
            if paths not in done:
                done[paths] = compiler.compile(*paths)
            compiled[variant, language] = (done[paths], {**compiler.values, **done[paths].shelves})
    return compiled, files.hash()


def _path(files: TemplateFiles, part: str, variant: str) -> Path:
    ending = _OVERRIDABLE[part]
    override = files.folder / f"{part}.{variant}{ending}"
    return override if override.is_file() else files.folder / f"{part}{ending}"


def _check_overrides(files: TemplateFiles, variants: Sequence[str]) -> None:
    """A misspelt variant in a file's name would otherwise pass unnoticed."""
    for part, ending in _OVERRIDABLE.items():
        for path in sorted(files.folder.glob(f"{part}.*{ending}")):
            variant = path.name.removeprefix(f"{part}.").removesuffix(ending)
            if variant not in variants:
                raise TemplateError(
                    f"{files.name(path)}: the campaign has no variant {variant!r}; "
                    f"it has {', '.join(variants)}{suggest(variant, list(variants))}"
                )


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Compiles templates in one language."""

    files: TemplateFiles
    strings: Strings
    values: Values

    def compile(self, body: Path, subject: Path, preheader: Path) -> Compiled:
        vocabulary: Vocabulary = {**_VOCABULARY, "t": frozenset(self.strings.table)}
        lines = text_environment()
        subject_line = self._line(subject, lines, vocabulary)
        vocabulary = {**vocabulary, "subject": None}
        preheader_line = self._line(preheader, lines, vocabulary)
        vocabulary = {**vocabulary, "preheader": None}
        html, text = self._bodies(body, vocabulary)
        return Compiled(subject_line, preheader_line, html.shell, text.shell, {**html.shelves, **text.shelves})

    def _line(self, path: Path, environment: Environment, vocabulary: Vocabulary) -> Script:
        source = self.strings.fill(self.files.plain(path), escaped=False)
        script = Script(environment, mask(source), self.files.name(path), self.values)
        check_names(script, vocabulary)
        return script

    def _bodies(self, path: Path, vocabulary: Vocabulary) -> tuple[Body, Body]:
        name = self.files.name(path)
        source = self.strings.fill(self.files.mjml(path), escaped=True)
        # The sources are checked before they are compiled: in the page, tags may have changed their order.
        compile_body(mask(source), name, html_environment(), vocabulary, self.values)
        page = compile_html(source, name)
        html = compile_body(page, name, html_environment(), vocabulary, self.values)
        own = self.files.folder / "body.txt"
        if own.is_file():
            source = self.strings.fill(self.files.plain(own), escaped=False)
            name, text = self.files.name(own), fold_statement_lines(mask(source))
        else:
            text = extract_text(page)
        return html, compile_body(text, name, text_environment(), vocabulary, self.values)
