"""OTLP's messages, as much of them as is read and answered: compatible on the wire with opentelemetry-proto.

Where that has a list of messages, these have a list of bytes, which the parser leaves alone: a message is read when it
has been counted, an attribute when somebody asks for it. To walk through the objects that opentelemetry-proto makes of
a batch costs some fifteen times the parse; and whoever sends two million empty spans makes it build as many objects
before anybody can count them. The tests hold what is read here against what opentelemetry-proto reads.
"""

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

Untyped = Any
"""protobuf makes its classes at run time: there is nothing that a type checker could know of them."""

_Field = FieldDescriptorProto
_STRING, _BYTES, _MESSAGE = _Field.TYPE_STRING, _Field.TYPE_BYTES, _Field.TYPE_MESSAGE
_BOOL, _INT64, _DOUBLE, _FIXED64 = _Field.TYPE_BOOL, _Field.TYPE_INT64, _Field.TYPE_DOUBLE, _Field.TYPE_FIXED64
_PACKAGE = "owed.otlp"


def _message(name: str, *fields: Untyped, oneof: str = "") -> Untyped:
    made = DescriptorProto(name=name, field=fields)
    if oneof:
        made.oneof_decl.add(name=oneof)
    return made


def _one(number: int, name: str, kind: int, message: str = "") -> Untyped:
    of = f".{_PACKAGE}.{message}" if message else None
    return _Field(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL, type_name=of)


def _many(number: int, name: str, kind: int, message: str = "") -> Untyped:
    made = _one(number, name, kind, message)
    made.label = _Field.LABEL_REPEATED
    return made


def _choice(number: int, name: str, kind: int, message: str = "") -> Untyped:
    made = _one(number, name, kind, message)
    made.oneof_index = 0
    return made


_FILE = FileDescriptorProto(
    name="owed/otlp.proto",
    package=_PACKAGE,
    syntax="proto3",
    message_type=[
        _message("Request", _many(1, "resource_spans", _BYTES)),
        _message("ResourceSpans", _one(1, "resource", _MESSAGE, "Resource"), _many(2, "scope_spans", _BYTES)),
        _message("Resource", _many(1, "attributes", _BYTES)),
        _message("ScopeSpans", _one(1, "scope", _MESSAGE, "Scope"), _many(2, "spans", _BYTES)),
        _message("ReadScopeSpans", _many(2, "spans", _MESSAGE, "Span")),
        _message("Scope", _one(1, "name", _STRING)),
        _message(
            "Span",
            _one(1, "trace_id", _BYTES),
            _one(2, "span_id", _BYTES),
            _one(4, "parent_span_id", _BYTES),
            _one(5, "name", _STRING),
            _one(7, "start_time_unix_nano", _FIXED64),
            _one(8, "end_time_unix_nano", _FIXED64),
            _many(9, "attributes", _BYTES),
        ),
        _message("KeyValue", _one(1, "key", _STRING), _one(2, "value", _MESSAGE, "AnyValue")),
        _message(
            "AnyValue",
            _choice(1, "string_value", _STRING),
            _choice(2, "bool_value", _BOOL),
            _choice(3, "int_value", _INT64),
            _choice(4, "double_value", _DOUBLE),
            _choice(5, "array_value", _MESSAGE, "ArrayValue"),
            _choice(6, "kvlist_value", _MESSAGE, "KeyValueList"),
            _choice(7, "bytes_value", _BYTES),
            oneof="value",
        ),
        _message("ArrayValue", _many(1, "values", _MESSAGE, "AnyValue")),
        _message("KeyValueList", _many(1, "values", _MESSAGE, "KeyValue")),
        _message("Response", _one(1, "partial_success", _MESSAGE, "PartialSuccess")),
        _message("PartialSuccess", _one(1, "rejected_spans", _INT64), _one(2, "error_message", _STRING)),
        _message("Status", _one(1, "code", _Field.TYPE_INT32), _one(2, "message", _STRING)),
    ],
)

_POOL = DescriptorPool()
_POOL.Add(_FILE)  # a pool of our own: the names of others do not meet it


def _class(name: str) -> Untyped:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


Request = _class("Request")
ResourceSpans = _class("ResourceSpans")
ScopeSpans = _class("ScopeSpans")
ReadScopeSpans = _class("ReadScopeSpans")
"""The same with its spans read, all or none: three times as fast as one by one."""
Span = _class("Span")
KeyValue = _class("KeyValue")
Response = _class("Response")
Status = _class("Status")
