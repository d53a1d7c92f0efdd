"""Fields as they were at some step: which are kept, and for how long."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from redraw.errors import RunError
from redraw.studio.fit import Fit
from redraw.studio.library import Library
from redraw.studio.snapshots import MOST_FITS, MOST_KEPT, Snapshots


@pytest.fixture
def desk(tmp_path):
    """A studio whose fits' process answers each order at once, with the next step."""
    desk = SimpleNamespace(fits={}, library=Library(tmp_path), steps=0)
    snapshots = Snapshots(desk)

    def send(order):
        Path(order["path"]).write_bytes(b"a field")
        desk.steps += 1
        told = order["fit"], desk.steps, order["path"]
        asyncio.get_running_loop().call_soon(snapshots.answer, *told)

    desk.workers, desk.snapshots = SimpleNamespace(send=send), snapshots
    yield desk
    snapshots.close()


def learning(desk, name):
    """A fit that is at work."""
    desk.fits[name] = Fit(name, state="running")
    return name


def test_tiles_of_the_last_steps_can_still_be_drawn(desk):
    async def several():
        name = learning(desk, "a")
        return [await desk.snapshots.take(name) for _ in range(MOST_KEPT + 2)]

    taken = asyncio.run(several())
    for path, step in taken[-MOST_KEPT:]:
        assert desk.snapshots.of_step("a", step) == path
        assert path.exists()
    for path, step in taken[:-MOST_KEPT]:
        assert not path.exists()
        with pytest.raises(RunError, match="is gone"):
            desk.snapshots.of_step("a", step)


def test_only_so_many_fits_have_some(desk):
    async def of_many():
        names = [learning(desk, f"fit-{number}") for number in range(MOST_FITS + 3)]
        return [await desk.snapshots.take(name) for name in names]

    taken = asyncio.run(of_many())
    assert [path.exists() for path, _ in taken] == [False] * 3 + [True] * MOST_FITS


def test_who_waits_is_told_when_the_fit_ends(desk):
    async def refused():
        name = learning(desk, "a")
        desk.workers.send = lambda order: None
        asking = asyncio.create_task(desk.snapshots.take(name))
        await asyncio.sleep(0)
        desk.snapshots.answer(name, RunError("it has just ended"))
        with pytest.raises(RunError, match="just ended"):
            await asking

    asyncio.run(refused())


def test_each_of_two_that_wait_gets_its_own(desk):
    """Zoom and Save ask at once: the second got the first's step, and a file that was not there."""

    async def both():
        name, orders = learning(desk, "a"), []
        desk.workers.send = orders.append
        asking = [asyncio.create_task(desk.snapshots.take(name)) for _ in range(2)]
        await asyncio.sleep(0)
        desk.snapshots.answer(name, 7, orders[0]["path"])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert [one.done() for one in asking] == [True, False]
        desk.snapshots.answer(name, 8, orders[1]["path"])
        return [(str(path), step) for path, step in await asyncio.gather(*asking)], orders

    taken, orders = asyncio.run(both())
    assert taken == [(orders[0]["path"], 7), (orders[1]["path"], 8)]


def test_of_a_step_that_was_learned_twice_the_newer_is_drawn(desk):
    async def twice():
        name = learning(desk, "a")
        first, step = await desk.snapshots.take(name)
        desk.steps = step - 1  # it went back, with half the rate
        return first, *await desk.snapshots.take(name)

    first, second, step = asyncio.run(twice())
    assert desk.snapshots.of_step("a", step) == second != first
