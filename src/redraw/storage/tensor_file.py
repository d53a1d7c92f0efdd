"""Files of named tensors and one JSON header: what field files and checkpoints are made of.

A safetensors file whose `__metadata__` has the single key `redraw`, a JSON text:

    {"complex": [names], "content": {the header}, "sha256": "..."}

Safetensors has no complex numbers of every precision, so a complex tensor of shape S is stored as
a real one of shape S + (2,) and its name listed under `complex`. `sha256` covers the header, and
name, type, shape and bytes of every tensor: a file either reads back as it was written or not.

Nothing in a file is executed, and nothing it says is believed before it is checked: the memory
used to read a file is a small multiple of the file's own size, whatever sizes it claims.
"""

import contextlib
import hashlib
import json
import math
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from redraw.errors import FileFormatError, OutputError
from redraw.files import atomic_output
from redraw.signals.picture.recognising import told
from redraw.storage.messages import reason, shown
from redraw.storage.plain_json import canonical, parse
from redraw.storage.wrong_kind import missing_field, no_field

KEY = "redraw"
HEADER_LIMIT = 32 * 2**20  # bytes; room for the largest ICC profile that a picture may carry
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}
# The order of types in a file, as safetensors has it: from the most strictly aligned on.
ORDER = ("I64", "F64", "F32", "I32", "BF16", "F16", "U8")
COMPLEX = {torch.float64: torch.complex128, torch.float32: torch.complex64}
RANK_LIMIT = 8
LENGTH_LIMIT = 2**40  # per axis, so that empty tensors can't overflow either

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class TensorSpec:
    """What a tensor is, without its values."""

    dtype: torch.dtype
    shape: tuple[int, ...]

    @classmethod
    def of(cls, tensor: Tensor) -> "TensorSpec":
        """The spec of `tensor`. Any shape."""
        return cls(tensor.dtype, tuple(tensor.shape))

    def __str__(self) -> str:
        return f"{str(self.dtype).removeprefix('torch.')} {list(self.shape)}"


@dataclass(frozen=True)
class TensorFile:
    """An open file, everything about it checked but the digest, no tensor read yet.

    Attributes:
        path: As it was opened; messages name it.
        header: The JSON header that the file was written with.
        specs: Type and shape of each tensor.
        size: Of the file, in bytes.
    """

    path: str
    header: dict[str, Any]
    specs: dict[str, TensorSpec]
    size: int
    _digest: str
    _file: BinaryIO

    def tensors(self) -> dict[str, Tensor]:
        """Read all tensors, on the CPU, and check the digest.

        Raises:
            FileFormatError: the content is not what was written, or can't be read.
        """
        with _reading(self.path):
            self._file.seek(0)
            raw = self._file.read(self.size)
        if len(raw) != self.size:
            raise _bad(self.path, "was cut while it was being read")
        try:
            tensors = safetensors.torch.load(raw)
        except (safetensors.SafetensorError, ValueError, RuntimeError) as error:
            raise _bad(self.path, f"is damaged: {shown(str(error))}") from error
        for name, spec in self.specs.items():
            if spec.dtype.is_complex:
                tensors[name] = torch.view_as_complex(tensors[name])
        if {name: TensorSpec.of(tensor) for name, tensor in tensors.items()} != self.specs:
            raise _bad(self.path, "is damaged: its tensors are not those of its header")
        if content_digest(tensors, self.header) != self._digest:
            raise _bad(self.path, "is damaged: its content does not match its checksum")
        return tensors


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any], *, force: bool = False
) -> None:
    """Write tensors and a header, atomically; equal content makes equal bytes.

    Args:
        path: The file to write.
        tensors: Of any shape and device. The larger types come first in the file, for alignment,
            and equal types in the order of their names.
        header: Plain JSON values, numbers finite.
        force: Replace what is there.

    Raises:
        OutputError: `path` exists, can't be written, or the header is too large to be read back.
        ValueError, TypeError: a header or a type of tensor that no file can hold.
    """
    stored, complex_names = {}, []
    for name in sorted(tensors):
        tensor = _as_real(tensors[name])
        if tensor.dtype not in DTYPES.values():
            raise TypeError(f"the tensor {name} is {tensor.dtype}; accepted: {', '.join(DTYPES)}")
        if tensors[name].is_complex():
            complex_names.append(name)
        stored[name] = tensor
    note = canonical(
        {
            "complex": complex_names,
            "content": dict(header),
            "sha256": content_digest(tensors, header),
        }
    )
    start, order = _layout(stored, note)
    if len(start) - 8 > HEADER_LIMIT:
        raise OutputError(
            f"can't write {path}: its header has more than {HEADER_LIMIT} bytes;"
            " a large colour profile may be the reason"
        )
    size = sum(tensor.nbytes for tensor in stored.values())
    try:
        _header_length(str(path), start[:8], len(start) + size)
        _parse_header(str(path), start[8:], size)
    except FileFormatError as error:
        raise OutputError(f"can't write {path}: it could not be read back; {error}") from error
    with atomic_output(path, force=force) as file:
        file.write(start)
        for name in order:  # from where they are: a large field is not copied to be saved
            file.write(_bytes_of(stored[name]))


def _layout(stored: Mapping[str, Tensor], note: str) -> tuple[bytes, list[str]]:
    """All of a safetensors file before its data, and the order of the tensors in there.

    Source: the format and the order of `safetensors.torch.save`, to the byte.
    """
    names = {dtype: name for name, dtype in DTYPES.items()}
    order = sorted(stored, key=lambda name: (ORDER.index(names[stored[name].dtype]), name))
    entries: dict[str, Any] = {"__metadata__": {KEY: note}}
    at = 0
    for name in order:
        tensor = stored[name]
        entries[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [at, at + tensor.nbytes],
        }
        at += tensor.nbytes
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text, order


@contextlib.contextmanager
def open_tensors(path: Path) -> Iterator[TensorFile]:
    """Open a file and check all it claims, before anything is allocated for its tensors.

    Raises:
        FileFormatError: `path` is missing, unreadable or not a whole file of this format.
    """
    name = os.fspath(path)
    with contextlib.ExitStack() as stack:
        with _reading(name):
            if (what := no_field(path)) is not None:  # a pipe would wait for ever
                raise _bad(name, what)
            file = stack.enter_context(open(path, "rb"))
            size = os.fstat(file.fileno()).st_size
            length = _header_length(name, file.read(8), size)
            raw = file.read(length)
        if len(raw) != length:
            raise _bad(name, "was cut while it was being read")
        note, specs = _parse_header(name, raw, size - 8 - length)
        yield TensorFile(name, note["content"], specs, size, note["sha256"], file)


def content_digest(tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> str:
    """SHA-256 over a header and all tensors: names, types, shapes and bytes, in hexadecimal."""
    sha = hashlib.sha256(canonical(dict(header)).encode("utf-8"))
    for name in sorted(tensors):
        spec = TensorSpec.of(tensors[name])
        sha.update(canonical([name, str(spec.dtype), spec.shape]).encode("utf-8"))
        sha.update(_bytes_of(_as_real(tensors[name])))
    return sha.hexdigest()


def _bytes_of(tensor: Tensor) -> memoryview:
    """A real tensor's memory, in order."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data


def _as_real(tensor: Tensor) -> Tensor:
    """On the CPU, without a graph; complex numbers as pairs of reals in a last axis."""
    tensor = tensor.detach().to("cpu").resolve_conj().resolve_neg()
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def _header_length(path: str, prefix: bytes, size: int) -> int:
    """Length of the safetensors header from the file's first 8 bytes, if it can be believed."""
    if size == 0:
        raise _bad(path, "is empty; a field file was expected (NAME.redraw)")
    if len(prefix) < 8:
        raise _bad(path, _foreign(path, f"it has {size} bytes"))
    (length,) = struct.unpack("<Q", prefix)
    if not 2 <= length <= HEADER_LIMIT:
        raise _bad(path, _foreign(path, f"it begins with {shown(prefix)}"))
    if length > size - 8:
        raise _bad(
            path,
            f"is cut short: its header has {length} bytes, of which {size - 8} exist; get a whole"
            " copy",
        )
    return length


def _parse_header(
    path: str, raw: bytes, data_size: int
) -> tuple[dict[str, Any], dict[str, TensorSpec]]:
    """Check a safetensors header against the size of the data that follows it."""
    if raw[:1] != b"{":
        raise _bad(path, f"is no file of redraw: its header begins with {shown(raw[:8])}")
    header = _parse_object(path, raw, "header")
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not isinstance(metadata.get(KEY), str):
        raise _bad(path, f"is no file of redraw: it has no text {KEY!r} in its metadata")
    for foreign in metadata.keys() - {KEY}:
        raise _bad(path, f"has the foreign key {shown(foreign)} in its metadata")
    note = _parse_object(path, metadata[KEY], f"metadata {KEY!r}")
    _check_keys(path, f"metadata {KEY!r}", note, {"complex", "content", "sha256"})
    if not isinstance(note["content"], dict) or not isinstance(note["sha256"], str):
        raise _bad(path, f"is damaged: its metadata {KEY!r} holds values of the wrong types")
    specs = _check_layout(path, header, data_size)
    return note, _with_complex(path, specs, note["complex"])


def _parse_object(path: str, raw: bytes | str, what: str) -> dict[str, Any]:
    try:
        value = parse(raw)
    except ValueError as error:
        raise _bad(path, f"is damaged: its {what} is no JSON: {shown(str(error))}") from error
    if not isinstance(value, dict):
        raise _bad(path, f"is damaged: its {what} is no JSON object")
    return value


def _check_keys(path: str, what: str, value: dict[str, Any], keys: set[str]) -> None:
    for foreign in sorted(value.keys() - keys):
        raise _bad(path, f"has the foreign key {shown(foreign)} in its {what}")
    for missing in sorted(keys - value.keys()):
        raise _bad(path, f"lacks the key {missing!r} in its {what}")


def _check_layout(path: str, entries: dict[str, Any], data_size: int) -> dict[str, TensorSpec]:
    """Types and shapes must explain every byte of the data: no gap, no overlap, no rest."""
    specs, spans = {}, []
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            raise _bad(path, f"is damaged: its tensor {shown(name)} is described by no object")
        _check_keys(path, f"tensor {shown(name)}", entry, {"dtype", "shape", "data_offsets"})
        dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise _bad(
                path,
                f"has the tensor {shown(name)} of type {shown(dtype)};"
                f" accepted: {', '.join(DTYPES)}",
            )
        if not _are_lengths(shape) or len(shape) > RANK_LIMIT:
            raise _bad(path, f"has the tensor {shown(name)} of shape {shown(shape)}")
        if not _are_lengths(offsets) or len(offsets) != 2:
            raise _bad(path, f"has the tensor {shown(name)} at offsets {shown(offsets)}")
        begin, end = offsets
        wanted = math.prod(shape) * DTYPES[dtype].itemsize
        if end - begin != wanted:
            raise _bad(
                path,
                f"is damaged: its tensor {shown(name)} of shape {shown(shape)} takes {wanted}"
                f" bytes, not {end - begin}",
            )
        specs[name] = TensorSpec(DTYPES[dtype], tuple(shape))
        spans.append((begin, end))
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            raise _bad(path, f"is damaged: its tensors leave a gap or overlap at byte {begin}")
        position = end
    if position > data_size:
        raise _bad(
            path,
            f"is cut short: its tensors take {position} bytes, {data_size} exist; get a whole copy",
        )
    if position < data_size:
        raise _bad(path, f"is damaged: {data_size - position} bytes follow its last tensor")
    return specs


def _are_lengths(value: Any) -> bool:
    return isinstance(value, list) and all(
        type(item) is int and 0 <= item <= LENGTH_LIMIT for item in value
    )


def _with_complex(path: str, specs: dict[str, TensorSpec], names: Any) -> dict[str, TensorSpec]:
    """Give the tensors in `names`, stored as pairs of reals, their complex types."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _bad(path, "is damaged: its list of complex tensors is no list of names")
    if len(set(names)) < len(names):
        raise _bad(path, "is damaged: it lists a complex tensor twice")
    for name in names:
        stored = specs.get(name)
        if stored is None or stored.dtype not in COMPLEX or stored.shape[-1:] != (2,):
            raise _bad(path, f"is damaged: its tensor {shown(name)} can't be complex")
        specs[name] = TensorSpec(COMPLEX[stored.dtype], stored.shape[:-1])
    return specs


@contextlib.contextmanager
def _reading(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise FileFormatError(f"{path} {missing_field(path)}") from None
    except OSError as error:
        raise FileFormatError(f"can't read {path}: {reason(error)}") from error
    except ValueError as error:  # a NUL character in the name
        raise FileFormatError(f"can't read {path!r}: {error}") from error


def _foreign(path: str, seen: str) -> str:
    """What a file is that is none of ours, and what is asked for."""
    kind = told(path)
    if kind is None:
        return f"is no file of redraw: {seen}; name a field file (.redraw)"
    return f"is no file of redraw but {kind}; name a field file (.redraw), or fit it first"


def _bad(path: str, what: str) -> FileFormatError:
    return FileFormatError(f"{path} {what}")
