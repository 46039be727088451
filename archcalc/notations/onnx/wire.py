"""Protobuf as it lies in a file: messages of numbered fields, parsed where they lie.

A field of bytes is an extent, two places in the file, until somebody asks for what stands there; the weights of a network are
stepped over and their pages never touched. What each message holds is said in `FIELDS`. Source: protobuf.dev, "Encoding", and
onnx.proto of ONNX 1.23.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mmap import mmap

MOST_FIELDS = 3_000_000
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
KINDS = {"int": VARINT, "float": FIXED32, "double": FIXED64}  # all others are bytes


class Field(NamedTuple):
    """A field that a message may have: its name, and what it holds ("int", "float", "double", "text", "bytes", a message)."""

    name: str
    holds: str


def _fields(*said: str) -> dict[int, Field]:
    """`1 name text` for each."""
    return {int(number): Field(name, holds) for number, name, holds in (one.split() for one in said)}


FIELDS: dict[str, dict[int, Field]] = {
    "ModelProto": _fields(
        "1 ir_version int", "2 producer_name text", "3 producer_version text", "4 domain text", "5 model_version int",
        "6 doc_string text", "7 graph GraphProto", "8 opset_import OperatorSetIdProto",
        "14 metadata_props StringStringEntryProto", "20 training_info bytes", "25 functions FunctionProto",
        "26 configuration bytes",
    ),
    "OperatorSetIdProto": _fields(
        "1 domain text", "2 version int",
    ),
    "StringStringEntryProto": _fields(
        "1 key text", "2 value text",
    ),
    "GraphProto": _fields(
        "1 node NodeProto", "2 name text", "5 initializer TensorProto", "10 doc_string text", "11 input ValueInfoProto",
        "12 output ValueInfoProto", "13 value_info ValueInfoProto", "14 quantization_annotation bytes",
        "15 sparse_initializer SparseTensorProto", "16 metadata_props StringStringEntryProto",
    ),
    "NodeProto": _fields(
        "1 input text", "2 output text", "3 name text", "4 op_type text", "5 attribute AttributeProto",
        "6 doc_string text", "7 domain text", "8 overload text", "9 metadata_props StringStringEntryProto",
        "10 device_configurations bytes",
    ),
    "AttributeProto": _fields(
        "1 name text", "2 f float", "3 i int", "4 s bytes", "5 t TensorProto", "6 g bytes", "7 floats float",
        "8 ints int", "9 strings bytes", "10 tensors TensorProto", "11 graphs bytes", "13 doc_string text", "14 tp bytes",
        "15 type_protos bytes", "20 type int", "21 ref_attr_name text", "22 sparse_tensor bytes",
        "23 sparse_tensors bytes",
    ),
    "TensorProto": _fields(
        "1 dims int", "2 data_type int", "3 segment bytes", "4 float_data float", "5 int32_data int",
        "6 string_data bytes", "7 int64_data int", "8 name text", "9 raw_data bytes", "10 double_data double",
        "11 uint64_data int", "12 doc_string text", "13 external_data StringStringEntryProto", "14 data_location int",
        "16 metadata_props StringStringEntryProto",
    ),
    "SparseTensorProto": _fields(
        "1 values TensorProto", "2 indices TensorProto", "3 dims int",
    ),
    "ValueInfoProto": _fields(
        "1 name text", "2 type TypeProto", "3 doc_string text", "4 metadata_props StringStringEntryProto",
    ),
    "TypeProto": _fields(
        "1 tensor_type Tensor", "4 sequence_type bytes", "5 map_type bytes", "6 denotation text", "7 opaque_type bytes",
        "8 sparse_tensor_type bytes", "9 optional_type bytes",
    ),
    "Tensor": _fields(
        "1 elem_type int", "2 shape TensorShapeProto",
    ),
    "TensorShapeProto": _fields(
        "1 dim Dimension",
    ),
    "Dimension": _fields(
        "1 dim_value int", "2 dim_param text", "3 denotation text",
    ),
    "FunctionProto": _fields(
        "1 name text", "4 input text", "5 output text", "6 attribute text", "7 node NodeProto", "8 doc_string text",
        "9 opset_import OperatorSetIdProto", "10 domain text", "11 attribute_proto AttributeProto",
        "12 value_info ValueInfoProto", "13 overload text", "14 metadata_props StringStringEntryProto",
    ),
}  # fmt: skip


class Malformed(Exception):
    """Bytes that are no message; `at` is the place in the file."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class Wire:
    """A file, and how many fields of it were parsed."""

    __slots__ = ("data", "fields")

    def __init__(self, data: bytes | mmap) -> None:
        self.data = data
        self.fields = 0

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """A whole number of seven bits a byte, and the place behind it. Raises Malformed."""
        data = self.data
        value = shift = 0
        start = at
        while at < end:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF, at
            shift += 7
            if shift > 63:
                raise Malformed("a number of more than ten bytes", start)
        raise Malformed("the file ends within a number", start)

    def message(self, what: str, start: int = 0, end: int | None = None) -> Message:
        """The message of a kind between two places. Raises Malformed."""
        data, known = self.data, FIELDS[what]
        end = len(data) if end is None else end
        found: dict[str, list[int | tuple[int, int]]] = {}
        at = start
        while at < end:
            place = at
            tag = data[at]
            if tag < 0x80:
                at += 1
            else:
                tag, at = self.varint(at, end)
            self.fields += 1
            if self.fields > MOST_FIELDS:
                raise Malformed(f"more than {MOST_FIELDS:,} fields", place)
            field, kind = known.get(tag >> 3), tag & 7
            value: int | tuple[int, int]
            if kind == VARINT:
                value, at = self.varint(at, end)
            elif kind == BYTES:
                length, at = self.varint(at, end)
                value = (at, at + length)
                at += length
            elif kind in (FIXED32, FIXED64):
                value = (at, at + (4 if kind == FIXED32 else 8))
                at = value[1]
            else:
                raise Malformed(f"a field of the kind {kind}, which there is not", place)
            if at > end:
                raise Malformed(f"a {what} that ends before its last field", place)
            if field is None:
                raise Malformed(f"a {what} with a field {tag >> 3}, which ONNX has not", place)
            wanted = KINDS.get(field.holds, BYTES)
            if kind not in (wanted, BYTES):  # several numbers may be packed as bytes
                raise Malformed(f"{field.name} of a {what} is of another kind than it has in ONNX", place)
            found.setdefault(field.name, []).append(value)
        return Message(self, what, start, found)


class Message:
    """A message: what it is called in onnx.proto, where it begins, and its fields by their names."""

    __slots__ = ("fields", "start", "what", "wire")

    def __init__(self, wire: Wire, what: str, start: int, fields: dict[str, list[int | tuple[int, int]]]) -> None:
        self.wire = wire
        self.what = what
        self.start = start
        self.fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def whole(self, name: str, default: int = 0) -> int:
        """The number of a name, the last where it is given several times."""
        found = self.wholes(name, 1 << 20)
        return found[-1] if found else default

    def wholes(self, name: str, most: int) -> list[int]:
        """The numbers of a name, signed; no more than `most` of them. Raises Malformed."""
        made: list[int] = []
        for value in self.fields.get(name, ()):
            if isinstance(value, int):
                made.append(value)
                continue
            at, end = value
            while at < end:
                number, at = self.wire.varint(at, end)
                made.append(number)
                if len(made) > most:
                    raise Malformed(f"more than {most:,} numbers in {name}", value[0])
        if len(made) > most:
            raise Malformed(f"more than {most:,} numbers in {name}", self.start)
        return [n - (1 << 64) if n >> 63 else n for n in made]

    def reals(self, name: str, most: int) -> list[float]:
        """The floats of a name. Raises Malformed."""
        sign, size = ("f", 4) if FIELDS_BY_NAME[self.what][name] == "float" else ("d", 8)
        made: list[float] = []
        for value in self.fields.get(name, ()):
            assert not isinstance(value, int)
            start, end = value
            if (end - start) % size or (end - start) // size + len(made) > most:
                raise Malformed(f"{name} of a {self.what} is no list of at most {most:,} numbers", start)
            made += struct.unpack(f"<{(end - start) // size}{sign}", self.wire.data[start:end])
        return made

    def extents(self, name: str) -> list[tuple[int, int]]:
        """Where the bytes of a name stand."""
        return [value for value in self.fields.get(name, ()) if not isinstance(value, int)]

    def texts(self, name: str) -> list[str]:
        """The texts of a name. Raises Malformed."""
        return [self.wire_text(start, end, name) for start, end in self.extents(name)]

    def wire_text(self, start: int, end: int, name: str) -> str:
        """The bytes between two places as a text."""
        try:
            return bytes(self.wire.data[start:end]).decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed(f"{name} of a {self.what} is no UTF-8 text", start) from None

    def text(self, name: str) -> str:
        """The text of a name; empty where there is none."""
        found = self.extents(name)
        return self.wire_text(*found[-1], name) if found else ""

    def messages(self, name: str) -> list[Message]:
        """The messages of a name. Raises Malformed."""
        what = FIELDS_BY_NAME[self.what][name]
        return [self.wire.message(what, start, end) for start, end in self.extents(name)]

    def message(self, name: str) -> Message | None:
        """The message of a name."""
        found = self.messages(name)
        return found[-1] if found else None


FIELDS_BY_NAME = {what: {field.name: field.holds for field in fields.values()} for what, fields in FIELDS.items()}
