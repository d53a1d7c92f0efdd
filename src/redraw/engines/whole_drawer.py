"""Draws a network in whole numbers: the same on every machine, without PyTorch."""

import numpy as np
from numpy.typing import NDArray

from redraw.coding.networks import WholeNetwork
from redraw.engines.contract import Drawer


class WholeDrawer(Drawer):
    """Evaluates it.

    Args:
        network: What is drawn.
        threads: How many work.
    """

    def __init__(self, network: WholeNetwork, threads: int) -> None:
        self.network, self.threads = network, threads
        _ = network.ready

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.network.values(xy, self.threads)
