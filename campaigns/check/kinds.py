"""Every kind of problem that the check knows: its code, how grave it is, and what it means to a marketer."""

from __future__ import annotations

from typing import NamedTuple

from campaigns.check.finding import Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


class Kind(NamedTuple):
    """A kind of problem; `Finding` has what the fields mean."""

    code: str
    severity: Severity
    meaning: str


class Problem(NamedTuple):
    """One problem of one message: its kind, and the offending words, perhaps none."""

    kind: Kind
    detail: str


UNSUPPORTED = "unsupported"
"""The code of what a mail client does not support begins so; the feature's name follows after a dot."""

TOO_LARGE = Kind("too_large", _ERROR, "the HTML is larger than mail clients show whole")
NO_UNSUBSCRIBE = Kind("no_unsubscribe", _ERROR, "HTML, text or headers lack the unsubscribe link")

BAD_LINK = Kind("bad_link", _ERROR, "a link does not begin as `link_schemes` allows")
BROKEN_LINK = Kind("broken_link", _ERROR, "a link cannot be followed")
UNTRIED_LINK = Kind("untried_link", _WARNING, "a link's server lets no check through; follow it by hand")
NAMELESS_LINK = Kind("nameless_link", _ERROR, "a link has no words, and no picture that has any")

BAD_IMAGE = Kind("bad_image", _ERROR, "a picture's address does not begin as `image_schemes` allows")
MISSING_IMAGE = Kind("missing_image", _ERROR, "a picture is not there")
HEAVY_IMAGE = Kind("heavy_image", _WARNING, "a picture is heavier than `max_image_kilobytes`")
NO_ALTERNATIVE_TEXT = Kind("no_alternative_text", _ERROR, "a picture has no `alt` text")
IMAGE_WITHOUT_WIDTH = Kind(
    "image_without_width",
    _WARNING,
    "a picture has no `width` attribute: Outlook shows it as large as its file",
)

LOW_CONTRAST = Kind("low_contrast", _ERROR, "words stand out too little from what is behind them")
LOW_CONTRAST_DARK = Kind("low_contrast_dark", _ERROR, "in dark mode, words stand out too little")
NO_DARK_MODE = Kind("no_dark_mode", _WARNING, "no colours for dark mode, so that each client makes up its own")

UNCLOSED = Kind("unclosed", _ERROR, "an element is not closed, or closed without having been opened")
NO_LANGUAGE = Kind("no_language", _ERROR, "the page does not say which language it is in")
OTHER_PAGE_LANGUAGE = Kind("other_page_language", _ERROR, "the page says that it is in another language")
NO_TITLE = Kind("no_title", _WARNING, "the page has no title, which screen readers say first")
TABLE_WITHOUT_ROLE = Kind(
    "table_without_role", _ERROR, 'a table lacks `role="presentation"`, so that screen readers count its cells'
)
NO_PREHEADER = Kind("no_preheader", _WARNING, "no hidden preheader: inboxes preview the page's first words")
PREHEADER_SHOWS = Kind("preheader_shows", _WARNING, "the preheader is not hidden in every client")

EMPTY_SUBJECT = Kind("empty_subject", _ERROR, "the subject is empty")
LONG_SUBJECT = Kind("long_subject", _ERROR, "the subject is longer than any subject should be")
CUT_SUBJECT = Kind("cut_subject", _WARNING, "the subject is longer than inboxes show")
SPAM_TRIGGER = Kind("spam_trigger", _WARNING, "the headers look like spam's")

UNFILLED = Kind("unfilled", _ERROR, "a placeholder was left unfilled")
ODD_NAME = Kind("odd_name", _WARNING, "a reader is greeted by a word that stands for no name")
EMPTY_TEXT = Kind("empty_text", _ERROR, "there is no plain-text alternative")
TEXT_UNLIKE_HTML = Kind("text_unlike_html", _WARNING, "the plain text says other things than the HTML")

EMPTY_SLOTS = Kind("empty_slots", _ERROR, "fewer picks than the email has slots")
REPEATED_PICK = Kind("repeated_pick", _ERROR, "one item or collection stands twice")
LOOK_ALIKE = Kind("look_alike", _WARNING, "two picks have one title")
NOT_OUT_YET = Kind("not_out_yet", _ERROR, "an item is published after the message is sent")
EXPIRED = Kind("expired", _ERROR, "an item is gone when the message is sent")
OTHER_LANGUAGE = Kind("other_language", _ERROR, "an item is in another of the campaign's languages")

ARMS_DIFFER = Kind(
    "arms_differ",
    _WARNING,
    "the variants differ in subject or preheader, so that other people open them; let them share both, or set "
    "`subject_is_treatment = true` under [experiment] if that is what it tests",
)

NOT_RENDERED = "not_rendered"
"""The code of a message that cannot be made; its meaning is the error's own sentence."""

KINDS = tuple(kind for kind in globals().values() if isinstance(kind, Kind))
"""All of them, but for `not_rendered` and those of `unsupported`."""
