"""What a file is, by its first bytes: one of the formats that are read, or another by its name.

A row a format. Those that aren't read say what to do instead.
"""

import os
import re
import stat
from dataclasses import dataclass

SNIFFED_BYTES = 4096  # how much of a file's start is looked at
READABLE = (
    "PNG, JPEG, WebP, AVIF, HEIC, JPEG XL, JPEG 2000, TIFF, BMP, GIF, EXR, HDR, PNM, PFM, TGA, "
    "QOI, DDS, ICO, PCX and SGI pictures, and CSV tables of pixels"
)
# How the names of such files end, for lists of them; a file is read whatever its name.
ENDINGS = frozenset(
    f".{ending}"
    for ending in [
        "apng",
        "avif",
        "bmp",
        "csv",
        "dds",
        "dib",
        "exr",
        "gif",
        "hdr",
        "heic",
        "heif",
        "ico",
        "jfif",
        "jp2",
        "jpe",
        "jpeg",
        "jpg",
        "jxl",
        "pam",
        "pbm",
        "pfm",
        "pgm",
        "png",
        "pnm",
        "ppm",
        "qoi",
        "tga",
        "tif",
        "tiff",
        "webp",
    ]
)


@dataclass(frozen=True)
class Foreign:
    """A kind of file that is not read: what it is, and what to do."""

    name: str
    remedy: str


FIELD = "a field file of redraw"
_EXPORT = "export it as PNG, TIFF or EXR from the program that made it"
_DEVELOP = (
    "develop it first: darktable-cli FILE out.tif, rawtherapee-cli -t -c FILE, or dcraw -T FILE"
)
_FRAME = "take a frame of it first: ffmpeg -i FILE -frames:v 1 frame.png"
_CONVERT = "convert it first: magick FILE out.png"
_OTHER = "it holds no picture; name one"
_RAW = "a camera's raw file"

_SIGNATURES: tuple[tuple[str, int, bytes], ...] = (  # name, offset, bytes there
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II+\0"),  # BigTIFF
    ("TIFF", 0, b"MM\0+"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
    ("EXR", 0, b"\x76\x2f\x31\x01"),
    ("HDR", 0, b"#?RADIANCE"),
    ("HDR", 0, b"#?RGBE"),
    ("JPEG XL", 0, b"\xff\x0a"),
    ("JPEG XL", 0, b"\0\0\0\x0cJXL \r\n\x87\n"),
    ("JPEG2000", 0, b"\0\0\0\x0cjP  \r\n\x87\n"),
    ("JPEG2000", 0, b"\xff\x4f\xff\x51"),
    ("QOI", 0, b"qoif"),
    ("DDS", 0, b"DDS "),
    ("ICO", 0, b"\0\0\1\0"),
    ("SGI", 0, b"\x01\xda"),
)
_FOREIGN: tuple[tuple[int, bytes, Foreign], ...] = (
    (
        0,
        b"\x89RDW",
        Foreign(FIELD, "draw it first: redraw render FILE out.png"),
    ),
    (
        8,
        b'{"__metadata__":{"redraw"',
        Foreign(FIELD, "draw it first: redraw render FILE out.png"),
    ),
    (0, b"8BPS", Foreign("a Photoshop document (PSD)", _EXPORT)),
    (0, b"gimp xcf", Foreign("a GIMP document (XCF)", _EXPORT)),
    (0, b"%PDF-", Foreign("a PDF", "rasterise it first: pdftoppm -r 300 -png FILE page")),
    (
        0,
        b"%!",
        Foreign(
            "a PostScript file", "rasterise it first: gs -sDEVICE=png16m -r300 -o page.png FILE"
        ),
    ),
    (
        0,
        b"\xc5\xd0\xd3\xc6",
        Foreign(
            "an EPS file", "rasterise it first: gs -sDEVICE=png16m -r300 -dEPSCrop -o out.png FILE"
        ),
    ),
    (0, b"FUJIFILMCCD-RAW", Foreign(f"{_RAW} (RAF)", _DEVELOP)),
    (0, b"IIU\0", Foreign(f"{_RAW} (RW2)", _DEVELOP)),
    (0, b"IIRO", Foreign(f"{_RAW} (ORF)", _DEVELOP)),
    (0, b"IIRS", Foreign(f"{_RAW} (ORF)", _DEVELOP)),
    (0, b"MMOR", Foreign(f"{_RAW} (ORF)", _DEVELOP)),
    (0, b"FOVb", Foreign(f"{_RAW} (X3F)", _DEVELOP)),
    (0, b"\0MRM", Foreign(f"{_RAW} (MRW)", _DEVELOP)),
    (0, b"II\x1a\0\0\0HEAPCCDR", Foreign(f"{_RAW} (CRW)", _DEVELOP)),
    (0, b"II\xbc\x01", Foreign("JPEG XR", "convert it first: JxrDecApp -i FILE -o out.tif")),
    (0, b"icns", Foreign("an Apple icon (ICNS)", "convert it first: icns2png -x FILE")),
    (0, b"SDPX", Foreign("a DPX picture", "convert it first: oiiotool FILE -o out.exr")),
    (0, b"XPDS", Foreign("a DPX picture", "convert it first: oiiotool FILE -o out.exr")),
    (
        0,
        b"\x80\x2a\x5f\xd7",
        Foreign("a Cineon picture", "convert it first: oiiotool FILE -o out.exr"),
    ),
    (0, b"SIMPLE  =", Foreign("a FITS file", "read it with astropy and give redraw.fit the array")),
    (128, b"DICM", Foreign("a DICOM file", "read it with pydicom and give redraw.fit the array")),
    (0, b"BPG\xfb", Foreign("a BPG picture", "convert it first: bpgdec -o out.png FILE")),
    (0, b"FLIF", Foreign("a FLIF picture", "convert it first: flif -d FILE out.png")),
    (
        0,
        b"AT&TFORM",
        Foreign("a DjVu document", "rasterise it first: ddjvu -format=tiff FILE out.tif"),
    ),
    (0, b"\x8aMNG", Foreign("an MNG animation", _CONVERT)),
    (0, b"\x8bJNG", Foreign("a JNG picture", _CONVERT)),
    (0, b"\x59\xa6\x6a\x95", Foreign("a Sun raster", _CONVERT)),
    (0, b"\xd7\xcd\xc6\x9a", Foreign("a Windows metafile (WMF)", _EXPORT)),
    (40, b" EMF", Foreign("a Windows metafile (EMF)", _EXPORT)),
    (0, b"\x1a\x45\xdf\xa3", Foreign("a film (Matroska or WebM)", _FRAME)),
    (0, b"FLV\x01", Foreign("a film (FLV)", _FRAME)),
    (0, b"\x1f\x8b", Foreign("packed by gzip", "unpack it first: gzip -dc FILE > unpacked")),
    (0, b"BZh", Foreign("packed by bzip2", "unpack it first: bzip2 -dc FILE > unpacked")),
    (0, b"\xfd7zXZ\0", Foreign("packed by xz", "unpack it first: xz -dc FILE > unpacked")),
    (
        0,
        b"\x28\xb5\x2f\xfd",
        Foreign("packed by zstd", "unpack it first: zstd -dc FILE > unpacked"),
    ),
    (0, b"7z\xbc\xaf\x27\x1c", Foreign("a 7z archive", "unpack it first")),
    (0, b"Rar!", Foreign("a RAR archive", "unpack it first")),
    (0, b"PAR1", Foreign("a Parquet table", "name it .parquet, and its targets: --targets y")),
    (0, b"\x93NUMPY", Foreign("a NumPy array", "give redraw.fit what numpy.load reads of it")),
    (0, b"\x89HDF", Foreign("an HDF5 file", "read it with h5py and give redraw.fit the array")),
    (
        0,
        b"version https://git-lfs",
        Foreign("a Git LFS pointer, not the file itself", "fetch it first: git lfs pull"),
    ),
    (0, b"glTF", Foreign("a 3D model (glTF)", _EXPORT)),
    (0, b"KTX", Foreign("a KTX texture", _CONVERT)),
    (1, b"KTX", Foreign("a KTX texture", _CONVERT)),
    (0, b"#define ", Foreign("an X bitmap (XBM), or source code in C", _CONVERT)),
    (0, b"farbfeld", Foreign("a farbfeld picture", _CONVERT)),
    (0, b"BLP1", Foreign("a BLP texture", _EXPORT)),
    (0, b"BLP2", Foreign("a BLP texture", _EXPORT)),
    (0, b"VTF\0", Foreign("a VTF texture", _EXPORT)),
    (0, b"PVR\x03", Foreign("a PVR texture", _EXPORT)),
    (
        0,
        b"\x13\xab\xa1\x5c",
        Foreign("an ASTC texture", "unpack it first: astcenc -dl FILE out.png"),
    ),
    (0, b"Paint Shop Pro Image", Foreign("a Paint Shop Pro document", _EXPORT)),
    (0, b"\x53\x80\xf6\x34", Foreign("a Softimage picture (PIC)", _CONVERT)),
    (
        0,
        b"\x97JB2\r\n\x1a\n",
        Foreign("a JBIG2 picture", "convert it first: jbig2dec -o out.png FILE"),
    ),
    (0, b"Xcur", Foreign("a cursor of X", "take it apart first: xcur2png FILE")),
    (0, b"BLENDER", Foreign("a scene of Blender", "render it first")),
    (0, b"LBLSIZE=", Foreign("a VICAR picture", "convert it first: gdal_translate FILE out.tif")),
    (
        0,
        b"PDS_VERSION_ID",
        Foreign("a PDS picture", "convert it first: gdal_translate FILE out.tif"),
    ),
    (
        344,
        b"n+1\0",
        Foreign("a NIfTI volume", "read it with nibabel and give redraw.fit the array"),
    ),
    (0, b"Image type:", Foreign("an IM picture (IFUNC)", _CONVERT)),
    (8, b"ILBM", Foreign("an IFF picture (ILBM)", _CONVERT)),
    (8, b"CIMG", Foreign("an IFF picture (Maya)", _CONVERT)),
    (0, b"NRRD000", Foreign("an NRRD volume", "read it with pynrrd and give redraw.fit the array")),
    (
        0,
        b"MATLAB 5.0",
        Foreign("a MATLAB file", "read it with scipy.io and give redraw.fit the array"),
    ),
    (0, b"\0\5\x16\7", Foreign("what macOS keeps beside a file (._NAME)", "name the file itself")),
    (0, b"\0\5\x16\0", Foreign("what macOS keeps beside a file (._NAME)", "name the file itself")),
    (
        0,
        b"\x89PNG",
        Foreign("a PNG that was sent as text, which damages it", "get it anew as binary"),
    ),
    (0, b"SQLite format 3", Foreign("an SQLite database", "export what is to be learned as CSV")),
    (0, b"ARROW1", Foreign("an Arrow table (Feather)", "save it as CSV or Parquet first")),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Foreign(
            "a document of an old office program (.xls, .doc), or an encrypted one",
            "of a table make a CSV: libreoffice --convert-to csv FILE",
        ),
    ),
    (0, b"ID3", Foreign("a sound (MP3)", _OTHER)),
    (0, b"OggS", Foreign("a sound or film (Ogg)", _FRAME)),
    (0, b"fLaC", Foreign("a sound (FLAC)", _OTHER)),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Foreign("a film (WMV)", _FRAME)),
    (0, b"\x7fELF", Foreign("a program", _OTHER)),
    (0, b"MZ\x90\0", Foreign("a program", _OTHER)),
    (257, b"ustar", Foreign("a tar archive", "unpack it first: tar -xf FILE")),
    (0, b"id=ImageMagick", Foreign("a MIFF picture", "convert it first: magick FILE out.png")),
    (0, b"/* XPM */", Foreign("an XPM picture", _CONVERT)),
)
_ISO_FOREIGN = {
    b"crx ": Foreign(f"{_RAW} (CR3)", _DEVELOP),
    b"jpx ": Foreign("JPEG 2000 with extensions (JPX)", _CONVERT),
}
_WEB = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title", b"<table")
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF = {b"avif", b"avis", b"avio"}


def recognise(start: bytes) -> str | Foreign | None:
    """The format of a file by its first bytes ("PNG", ..., "CSV"), or what else it is, or None.

    Example:
        >>> recognise(b"%PDF-1.7").name
        'a PDF'
    """
    for name, offset, signature in _SIGNATURES:
        if start[offset:].startswith(signature):
            return name
    if _bmp(start):
        return "BMP"
    for offset, signature, foreign in _FOREIGN:
        if start[offset:].startswith(signature):
            return foreign
    return (
        _cursor(start)
        or _riff(start)
        or _iso(start)
        or _netpbm(start)
        or _zipped(start)
        or _text(start)
        or _pcx(start)
    )


def is_field(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a field of redraw by its first bytes, whatever it is called."""
    found = _recognised(path)
    return isinstance(found, Foreign) and found.name == FIELD


def told(path: str | os.PathLike[str]) -> str | None:
    """What a file is, in words, by its first bytes: "a PNG picture"; None if it is none of ours."""
    name = _recognised(path)
    if name is None or isinstance(name, Foreign):
        return None
    if name == "CSV":
        return "a CSV table of pixels"
    article = "an" if name[0] in "AEHI" else "a"  # as the letters are said
    return f"{article} {name} picture"


def _recognised(path: str | os.PathLike[str]) -> str | Foreign | None:
    """As `recognise`; None also of what is no ordinary file, or can't be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would wait for ever
            return None
        with open(path, "rb") as file:
            return recognise(file.read(SNIFFED_BYTES))
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


def _cursor(start: bytes) -> Foreign | None:
    """By how many it holds: a TGA has a 0 there, or is called one."""
    count = int.from_bytes(start[4:6], "little")
    if start.startswith(b"\0\0\2\0") and count and not start[9:10].strip(b"\0"):
        return Foreign("a Windows cursor (CUR)", _CONVERT)
    return None


def _riff(start: bytes) -> str | Foreign | None:
    if not start.startswith(b"RIFF"):
        return None
    if start[8:12] == b"WEBP":
        return "WebP"
    if start[8:12] == b"AVI ":
        return Foreign("a film (AVI)", _FRAME)
    if start[8:12] == b"ACON":
        return Foreign("a Windows cursor that moves (ANI)", _CONVERT)
    if start[8:12] == b"WAVE":
        return Foreign("a sound (WAV)", _OTHER)
    return Foreign("a RIFF file", "export what is to be learned as PNG or CSV")


def _iso(start: bytes) -> str | Foreign | None:
    """A file of boxes, by its brands: the general ones of pictures alone tell nothing."""
    if start[4:8] in (b"moov", b"mdat", b"wide"):
        return Foreign("a film (QuickTime)", _FRAME)
    if start[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(start[:4]), len(start))
    brands = [start[8:12], *(start[at : at + 4] for at in range(16, length - 3, 4))]
    for brand in brands:
        if brand in _AVIF:
            return "AVIF"
        if brand in _HEIC:
            return "HEIC"
        if brand in _ISO_FOREIGN:
            return _ISO_FOREIGN[brand]
    if brands[0] in (b"mif1", b"msf1", b"mif2", b"miaf"):
        return "HEIC"
    return Foreign("a film (MP4 or QuickTime)", _FRAME)


def _bmp(start: bytes) -> bool:
    """Whether a header follows: a table may begin with a column BMI."""
    size = int.from_bytes(start[14:18], "little")
    return start.startswith(b"BM") and ((len(start) < 18 and b"\0" in start) or 12 <= size <= 124)


def _netpbm(start: bytes) -> str | None:
    """By a number or a comment behind the signature: P1 may be a column of a table."""
    if re.match(rb"P[1-6]\s*(#|\s\d)|P7\s*(#|\s[A-Z#])", start):
        return "PNM"
    return "PFM" if re.match(rb"P[Ff]4?\s", start) else None


def _zipped(start: bytes) -> Foreign | None:
    if not start.startswith(b"PK\x03\x04"):
        return None
    for inside, name in (
        (b"image/openraster", "an OpenRaster document"),
        (b"application/x-krita", "a Krita document"),
    ):
        if inside in start[:200]:
            return Foreign(name, _EXPORT)
    if b"xl/" in start or b"[Content_Types].xml" in start or b"opendocument.spreadsheet" in start:
        return Foreign(
            "a workbook or document of an office program",
            "a workbook is a table: name its targets, --targets y",
        )
    return Foreign("a zip archive", "unpack it first")


def _text(start: bytes) -> str | Foreign | None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):  # two bytes a character
        start = start[: len(start) // 2 * 2].decode("utf-16", errors="replace").encode()
    header = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not header or b"\0" in header[:512]:
        return None
    if header.startswith(b"<") and b"<svg" in header:
        return Foreign(
            "an SVG drawing",
            "rasterise it first: rsvg-convert -w 2000 FILE -o out.png, or inkscape FILE -o out.png",
        )
    if header.startswith(_WEB) or (header.startswith(b"<?xml") and b"<html" in header):
        return Foreign("a web page", "a download may have gone wrong; save the picture itself")
    if re.match(rb"(\"\"|'')?[,;\t]?\"?x\"?\s*[,;\t]\s*\"?y\"?\s*[,;\t]", header[:64]):
        return "CSV"
    return None


def _pcx(start: bytes) -> str | None:
    """A weak signature: maker, version, packed, bits per plane."""
    fine = len(start) >= 128 and start[0] == 10 and start[1] in (0, 2, 3, 4, 5) and start[2] <= 1
    return "PCX" if fine and start[3] in (1, 2, 4, 8) else None
