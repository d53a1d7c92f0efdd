"""Vector art that nobody here drew, from npm: fetched once into a folder that git ignores.

    python -m benchmarks.fetching [NAME ...]

The choice from each package is seeded, so that everybody measures the same pictures. Their licences
are their own (twemoji CC-BY 4.0, flag-icons MIT, simple-icons CC0, devicon MIT).
"""

import argparse
import random
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drawn.vector import rasterised

CACHE = Path(__file__).parents[1] / "artefacts" / "art"
SEED = 5


@dataclass(frozen=True)
class Collection:
    """A package of drawings.

    Attributes:
        package: Its name and version on npm.
        folder: Where in the package its pictures are.
        background: What transparent places show.
    """

    package: str
    folder: str
    background: str = "#ffffff"


COLLECTIONS = {
    "twemoji": Collection("@twemoji/svg@15.0.0", "."),
    "flags": Collection("flag-icons@7.5.0", "flags/4x3"),
    "simple": Collection("simple-icons@16.37.0", "icons"),
    "devicon": Collection("devicon@2.17.0", "icons"),
}


def folder_of(name: str) -> Path:
    """The folder of a collection's pictures, fetched if it isn't there.

    Raises:
        SystemExit: npm isn't installed, or can't fetch it.
    """
    collection = COLLECTIONS[name]
    target = CACHE / name
    if not (target / "package").is_dir():
        if shutil.which("npm") is None:
            raise SystemExit(f"{name}: npm fetches {collection.package}; install it (nodejs.org)")
        target.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--silent", collection.package],
            cwd=target, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if packed.returncode:
            raise SystemExit(f"{name}: npm pack {collection.package} failed: {packed.stderr[:300]}")
        archive = target / packed.stdout.split()[-1]
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
        archive.unlink()
    return target / "package" / collection.folder


def chosen(name: str, count: int) -> list[Path]:
    """That many pictures of a collection: always the same ones, and fewer are the first of more."""
    files = sorted(folder_of(name).rglob("*.svg"))
    order = random.Random(SEED)
    order.shuffle(files)
    return files[:count]


def page(file: Path, width: int, background: str = "#ffffff"):
    """An SVG file drawn at a width, opaque. (H, width, 3) uint8"""
    return rasterised(file.read_text(encoding="utf-8"), width, background)


def main() -> None:
    """Fetch collections and say what is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(COLLECTIONS)}; all by default")
    for name in parser.parse_args().names or COLLECTIONS:
        print(name, len(list(folder_of(name).rglob("*.svg"))), "pictures in", folder_of(name))


if __name__ == "__main__":
    main()
