"""A studio that is watched for a long time by several pages does not grow.

SOAK_MINUTES in the environment chooses how long; 10 minutes without it. The figures are kept as
artefacts/studio/soak.json.
"""

import json
import os
import time
from pathlib import Path

import pytest

MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
PAGES = 3
# Of the last fifth over the first after warming up: allocators keep what they once had.
MOST_GROWTH = 1.15
ALLOWANCE = 24 * 2**20  # bytes that any process may move about
SAMPLES = 60
ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "studio"


def resident(pid):
    """Bytes of memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def heap(page):
    """Bytes of a page's live objects, once rubbish is taken out."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


@pytest.mark.slow
@pytest.mark.timeout(max(600, 60 * MINUTES * 3))
def test_memory_is_flat_while_pages_watch(studio, open_page):
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc, which is not here")
    small = {"hidden": "16,16", "batch": "1024", "log2_hashmap_size": "10"}
    (name,) = studio.begin("cub", "hash", options={"steps": 100_000_000}, settings=small)
    studio.until(name, lambda fit: fit["state"] == "running")
    pages = [open_page(f"{studio.url}#/fit/{name}") for _ in range(PAGES)]
    pages[1].get_by_role("radio", name="Difference").check()
    pages[2].get_by_role("radio", name="Zoom").check()
    shown = "() => document.querySelector('.stage canvas').width > 1"
    for page in pages[:2]:
        page.wait_for_function(shown, timeout=600_000)
    fits, *drawing = studio.workers()
    processes = {"server": studio.process.pid, "fit": fits}
    processes |= {f"drawing {number}": pid for number, pid in enumerate(drawing)}
    measured = {key: [] for key in [*processes, *(f"page {n}" for n in range(PAGES))]}
    frames = studio.fit(name)["number"]
    for _ in range(SAMPLES):
        time.sleep(60.0 * MINUTES / SAMPLES)
        for key, pid in processes.items():
            measured[key].append(resident(pid))
        for number, page in enumerate(pages):
            measured[f"page {number}"].append(heap(page))
    assert studio.fit(name)["number"] > frames + SAMPLES  # they were shown something all along
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    told = {key: [round(value / 2**20, 1) for value in values] for key, values in measured.items()}
    (ARTEFACTS / "soak.json").write_text(json.dumps({"minutes": MINUTES, "MiB": told}))
    fifth = SAMPLES // 5
    grown = {}
    for key, values in measured.items():
        # What it has once it has warmed up, against what it has in the end.
        first, last = max(values[fifth : 2 * fifth]), max(values[-fifth:])
        grown[key] = last - max(MOST_GROWTH * first, first + ALLOWANCE)
    assert {key: over for key, over in grown.items() if over > 0} == {}
