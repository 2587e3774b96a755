"""MJML into HTML, and its CSS into style attributes: once a template, with the Jinja tags masked."""

from __future__ import annotations

import logging
import re

from lxml.html import document_fromstring, tostring
from mjml import mjml2html
from premailer import Premailer

from campaigns.ground.errors import TemplateError
from campaigns.rendering.attributes import read_attributes, set_attributes, without_attributes
from campaigns.rendering.important import give_way
from campaigns.rendering.sources import Source
from campaigns.rendering.structure import check_structure
from campaigns.rendering.tags import MASK, Masked, mask

_INLINE_STYLE = re.compile(r"""(<mj-style\b[^>]*\binline\s*=\s*["']inline["'][^>]*>)""")
_IGNORE = ' data-premailer="ignore"'
_DOCTYPE = "<!doctype html>\n"
_POSITION = re.compile(r" in root template at position (\d+):\d+")
_TO_INLINE = "/*to-inline*/"
_KEPT_STYLE = re.compile(r"<style\b(?=[^>]*>(?!\s*/\*to-inline\*/))")
_ADJACENT_CONDITIONS = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")
_BREAK = re.compile(r"[ \t]*\n\s*")
_BETWEEN_RULES = re.compile(r"\s*([{};])\s*")
_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)


def compile_html(source: Source, file: str) -> Masked:
    """The finished page of an MJML template, its tags still masked.

    Raises:
        TemplateError: the MJML is not well-formed, has an unknown element, or swallows a Jinja tag.
    """
    check_structure(source)
    masked = mask(source)
    known = masked.with_text(without_attributes(masked.text))
    html = _mjml(known, source.with_text(without_attributes(source.text)), file)
    root = document_fromstring(html)
    set_attributes(root, read_attributes(masked.text, source))
    give_way(root, _css_to_inline(html))
    html = tostring(root, encoding="unicode", include_meta_content_type=True)
    page = masked.with_text(_minify(_inline(html)))
    _check_tags_survive(masked, page)
    return page


def ascii_only(html: str) -> str:
    """The same page, other characters by number: Python then joins it at one byte a character, not four."""
    return html.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _mjml(masked: Masked, source: Source, file: str) -> str:
    text = _INLINE_STYLE.sub(rf"\1{_TO_INLINE}", masked.text)
    try:
        return mjml2html(text, fonts={})  # no font is fetched from anywhere: nothing tracks the reader
    except ValueError as error:
        sentence = f"the MJML does not compile: {error}"
        position = _POSITION.search(sentence)
        if not position:
            raise TemplateError(f"{file}: {sentence}") from error
        before = text.encode()[: int(position[1])].decode(errors="ignore").replace(_TO_INLINE, "")
        written = MASK.sub(lambda found: masked.tags[int(found[1])].text, before)
        raise source.origin_at(len(written)).error(_POSITION.sub("", sentence)) from error


def _inline(html: str) -> str:
    """Inline `<mj-style inline="inline">`; every other style sheet is for the mail client and stays as it is."""
    marked = _KEPT_STYLE.sub(f"<style{_IGNORE}", html)
    inliner = Premailer(
        allow_network=False,
        strip_important=False,
        disable_validation=True,  # mail clients' own properties, such as mso-line-height-rule, are no mistakes
        align_floating_images=False,
        disable_basic_attributes=[
            "align",
            "height",
            "width",
        ],  # Outlook takes width="100%" for a picture's full size
        disable_link_rewrites=True,
        cssutils_logging_level=logging.CRITICAL,
    )
    inlined = str(inliner.transform(marked, pretty_print=False))
    # premailer drops a doctype in lower case, and leaves its own mark on styles that it does not look at.
    return _DOCTYPE + inlined[inlined.index("<html") :].replace(_IGNORE, "")


def _css_to_inline(html: str) -> str:
    return "".join(found[2] for found in _STYLE.finditer(html) if found[2].lstrip().startswith(_TO_INLINE))


def _minify(html: str) -> str:
    """Smaller, and the same to every client: Gmail cuts a message off at 102 KB."""
    html = _ADJACENT_CONDITIONS.sub("", html)
    html = _STYLE.sub(lambda found: found[1] + _minify_css(found[2]) + found[3], html)
    return ascii_only(_BREAK.sub("\n", html))


def _minify_css(css: str) -> str:
    return _BETWEEN_RULES.sub(r"\1", css).strip()


def _check_tags_survive(source: Masked, page: Masked) -> None:
    there = {int(found[1]) for found in MASK.finditer(page.text)}
    for found in MASK.finditer(source.text):
        if int(found[1]) not in there:
            tag = source.tags[int(found[1])]
            raise tag.error("MJML drops what stands here; is it in an attribute that the element does not have?")
