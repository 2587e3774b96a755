"""Phase two: Jinja2 as Winddown runs it: undefined is an error, so is printing nothing, and all is sandboxed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from campaigns.ground.errors import TemplateError
from campaigns.rendering.sources import suggest
from campaigns.rendering.tags import Jinja, Masked, unmask
from campaigns.rendering.views import View


class Undefined(StrictUndefined):
    """Says what was asked for and what there is, by the names that templates use, never by values."""

    @property
    def _undefined_message(self) -> str:
        name = str(self._undefined_name)
        if self._undefined_obj is missing:
            return f"{name!r} is not defined"
        if isinstance(self._undefined_obj, View):
            there = self._undefined_obj.names()
            return f"there is no such thing; there is {', '.join(there)}{suggest(name, there)}"
        return "there is no such thing"


def refuse_nothing(value: object) -> object:
    """Nothing must be printed by mistake: `Hello None` would be."""
    if value is None:
        raise UndefinedError("this is empty here; test it first, as in {% if pick.narrator %}")
    return value


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with a short way for views: all that they show is safe, and they are asked most."""

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(undefined=Undefined, finalize=refuse_nothing, autoescape=autoescape)
        self.eval_ctx = EvalContext(self)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401  Jinja's own signature
        """As Jinja asks: an attribute, or an item of that name, or Undefined."""
        if isinstance(obj, View) and attribute[0] != "_":
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def html_environment() -> Environment:
    """For the HTML body: what is printed is escaped."""
    return Environment(autoescape=True)


def text_environment() -> Environment:
    """For subject, preheader and text: printed as it is."""
    return Environment(autoescape=False)


class Values(Context):
    """A template's values, and nothing of what else Jinja's contexts carry: blocks, exports, globals."""

    def __init__(self, environment: Environment, values: dict[str, Any]) -> None:
        self.parent = values
        self.vars: dict[str, Any] = {}
        self.environment = environment
        self.eval_ctx = environment.eval_ctx
        self.exported_vars: set[str] = set()
        self.blocks: dict[str, list[Any]] = {}
        self.name = None


class Joined(Markup):
    """Several finished cards in a row, each of which stays a piece by itself.

    Attributes:
        cards: what it was joined from.
    """

    __slots__ = ("cards",)
    cards: Sequence[str]

    @classmethod
    def of(cls, cards: Sequence[str]) -> Joined:
        """Join them."""
        joined = str.__new__(cls, "".join(cards))
        joined.cards = cards
        return joined


class Script:
    """One compiled template, to be run for many people.

    Attributes:
        tree: the syntax tree, for checks.
    """

    def __init__(self, environment: Environment, masked: Masked, file: str, shared: Mapping[str, object]) -> None:
        self._environment = environment
        self._jinja: Jinja = unmask(masked)
        self._file = file
        try:
            self.tree = environment.parse(self._jinja.text)
            settled = _Settle(shared, names_set(self.tree)).visit(environment.parse(self._jinja.text))
            code = environment.compile(settled, name=file, filename=file)
        except TemplateSyntaxError as error:
            raise self.error_at(error.lineno, f"not valid Jinja: {error.message}") from error
        self._template = environment.template_class.from_code(environment, code, {})
        self._write = self._template.root_render_func
        # Jinja's compiled code calls this name; were it another one day, pages would only be made more slowly.
        self._write.__globals__["escape"] = _escape_once

    def run(self, values: dict[str, Any]) -> str:
        """Render with exactly these values.

        Raises:
            TemplateError: as `pieces`.
        """
        return "".join(self.pieces(values))

    def pieces(self, values: dict[str, Any]) -> list[str]:
        """What `run` joins: the template's own text, finished cards, and what else it prints, in turn.

        Raises:
            TemplateError: something is undefined, or fails; names the line that was written, and no values.
        """
        pieces: list[str] = []
        try:
            for piece in self._write(Values(self._environment, values)):
                if type(piece) is Joined:
                    pieces += piece.cards
                else:
                    pieces.append(piece)
        except TemplateError:
            raise
        except UndefinedError as error:
            raise self._error(error.__traceback__, str(error)) from error
        except Exception as error:  # whatever a template's expression can raise
            sentence = f"failed with {type(error).__name__}"  # its message could hold somebody's data
            raise self._error(error.__traceback__, sentence) from error
        return pieces

    def error_at(self, line: int, sentence: str) -> TemplateError:
        """An error about a line of the Jinja source, told by the line that somebody wrote."""
        tag = self._jinja.tag_at(line)
        return tag.error(sentence) if tag else TemplateError(f"{self._file}: {sentence}")

    def _error(self, trace: TracebackType | None, sentence: str) -> TemplateError:
        line = 1
        while trace is not None:
            if trace.tb_frame.f_globals.get("__jinja_template__") is self._template:
                line = self._template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return self.error_at(line, sentence)


def names_set(tree: nodes.Template) -> frozenset[str]:
    """The names that a template itself sets, by loops and assignments."""
    names = tree.find_all(nodes.Name)
    return frozenset(name.name for name in names if name.ctx in {"store", "param"})


def _escape_once(value: object) -> str:
    """As `markupsafe.escape`, without copying what is markup already: finished cards are most of a page."""
    return value if isinstance(value, Markup) else escape(value)


class _Settle(NodeTransformer):
    """Puts in what is the same for everybody, such as `sender.name`: Jinja then makes it part of the text."""

    def __init__(self, shared: Mapping[str, object], local: frozenset[str]) -> None:
        self._views = {name: view for name, view in shared.items() if isinstance(view, View) and name not in local}

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802  Jinja names its visitors so
        """A shared attribute's text, if it is text."""
        self.generic_visit(node)
        view = self._views.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        value = getattr(view, node.attr, None) if view and node.attr in view.names() else None
        return nodes.Const(value, lineno=node.lineno) if isinstance(value, str) else node
