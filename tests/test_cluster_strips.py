"""One large picture on a Ray cluster of several nodes on this machine."""

import functools

import numpy as np
import pytest
from tests.fitting.large.conftest import picture
from tests.fitting.large.test_squares import SMALL, page

from redraw.errors import PictureError, UsageError
from redraw.fitting.large.fit import LargeFit, fit_large
from redraw.signals.large.opening import strips_of


@pytest.mark.slow
def test_strips_on_a_cluster_make_the_same_file_and_a_lost_node_loses_nothing(tmp_path):
    utils = pytest.importorskip("ray.cluster_utils", reason="redraw[cluster] is not installed")
    from redraw.cluster.strips import RayStrips

    path = tmp_path / "a.npy"
    np.save(path, picture(700, 1500))
    fit_large(strips_of(path), tmp_path / "here.redraw", tile=256)
    cluster = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    second = cluster.add_node(num_cpus=2)
    cluster.wait_for_nodes()
    try:
        fit = LargeFit(
            strips_of(path),
            tmp_path / "there.redraw",
            tile=256,
            crew=functools.partial(RayStrips, cluster.address),
        )
        for count, _ in enumerate(fit.events()):
            if count == 3:
                cluster.remove_node(second, allow_graceful=False)
        fit.close()
        # Squares with fields of their own are tasks as well.
        np.save(tmp_path / "page.npy", page(144, 1))
        fit_large(strips_of(tmp_path / "page.npy"), tmp_path / "crisp-here.redraw", squares=SMALL)
        fit = LargeFit(
            strips_of(tmp_path / "page.npy"),
            tmp_path / "crisp-there.redraw",
            squares=SMALL,
            crew=functools.partial(RayStrips, cluster.address),
        )
        for _ in fit.events():
            pass
        fit.close()
        damaged = LargeFit(
            strips_of(path),
            tmp_path / "damaged.redraw",
            tile=256,
            crew=functools.partial(RayStrips, cluster.address),
        )
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(PictureError, match="can't be read"):
            for _ in damaged.events():
                pass
        damaged.close()
    finally:
        cluster.shutdown()
    for kind in ("", "crisp-"):
        here, there = (tmp_path / f"{kind}{place}.redraw" for place in ("here", "there"))
        assert here.read_bytes() == there.read_bytes()


def test_a_picture_in_memory_can_not_be_sent(tmp_path):
    pytest.importorskip("ray", reason="redraw[cluster] is not installed")
    from redraw.cluster.joining import LOCAL
    from redraw.cluster.strips import RayStrips

    fit = LargeFit(
        strips_of(picture(30, 30)),
        tmp_path / "a.redraw",
        crew=functools.partial(RayStrips, LOCAL),
    )
    with pytest.raises(UsageError, match="lies in memory"):
        list(fit.events())
    fit.close()
