"""Checks a request against botocore's own description of a service: lengths, patterns and enumerations too.

botocore's Stubber and its ParamValidator look at names, types and minimum lengths, and at nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

_NUMBERS = {"integer", "long", "float", "double"}


def service(name: str) -> ServiceModel:
    """The description that comes with botocore."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def asked(model: ServiceModel, operation: str) -> Shape:
    """What an operation takes."""
    shape = model.operation_model(operation).input_shape
    assert shape is not None, operation
    return shape


def answered(model: ServiceModel, operation: str) -> Shape:
    """What it gives back."""
    shape = model.operation_model(operation).output_shape
    assert shape is not None, operation
    return shape


def faults(shape: Shape, value: Any) -> list[str]:
    """All that is wrong with a value, a line each."""
    report = ParamValidator().validate(value, shape)
    return [*filter(None, [report.generate_report()]), *_beyond(shape, value, shape.name)]


def _beyond(shape: Shape, value: Any, at: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from _beyond(shape.members[name], member, f"{at}.{name}")  # type: ignore[attr-defined]
    elif shape.type_name == "list":
        yield from _length(shape, value, at)
        for n, member in enumerate(value):
            yield from _beyond(shape.member, member, f"{at}[{n}]")  # type: ignore[attr-defined]
    elif shape.type_name == "map":
        yield from _length(shape, value, at)
        for name, member in value.items():
            yield from _beyond(shape.key, name, f"{at} key")  # type: ignore[attr-defined]
            yield from _beyond(shape.value, member, f"{at}.{name}")  # type: ignore[attr-defined]
    elif shape.type_name == "string":
        yield from _length(shape, value, at)
        yield from _text(shape, value, at)
    elif shape.type_name in _NUMBERS:
        yield from _size(shape, value, at)


def _length(shape: Shape, value: Any, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if not least <= len(value) <= most:
        yield f"{at}: {len(value)} long, wanted {least} to {most}"


def _size(shape: Shape, value: Any, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", value), shape.metadata.get("max", value)
    if not least <= value <= most:
        yield f"{at}: {value}, wanted {least} to {most}"


def _text(shape: Shape, value: str, at: str) -> Iterator[str]:
    allowed = getattr(shape, "enum", ())
    if allowed and value not in allowed:
        yield f"{at}: {value!r} is none of {allowed}"
    pattern = shape.metadata.get("pattern", "").replace(r"\p{ASCII}", r"[\x00-\x7f]")  # which `re` does not know
    if pattern and not re.fullmatch(pattern, value):
        yield f"{at}: {value!r} does not match {pattern}"
