"""A card as a session uses it: what is run is recorded once and played back; memory; errors.

Everything a session asks of PyTorch's CUDA goes through here, so that tests can put another in its
place, without a card.
"""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.errors import EngineError


class Card:
    """One GPU of CUDA.

    Args:
        device: Which.

    Attributes:
        device: Which.
        processors: Multiprocessors that it has.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.processors = torch.cuda.get_device_properties(device).multi_processor_count

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """What is done inside goes to this card.

        Raises:
            EngineError: the card failed.
            torch.OutOfMemoryError: its memory is full.
        """
        with in_one_line(self.device), torch.cuda.device(self.device):
            yield

    def recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        """`work`, recorded as a CUDA graph; it is run once before, so that all is compiled."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=torch.cuda.Stream(self.device)):
            work()
        return graph.replay

    def pinned(self, tensor: Tensor) -> Tensor:
        """A tensor on the CPU that the card can read while others work. Any shape."""
        return tensor.pin_memory()

    def wait(self) -> None:
        """Until all that was asked of the card is done."""
        torch.cuda.current_stream(self.device).synchronize()

    def free(self) -> int:
        """Bytes of memory that nobody has."""
        return torch.cuda.mem_get_info(self.device)[0]


class Host:
    """The processor in a card's place: kernels run by Triton's interpreter."""

    device = torch.device("cpu")
    processors = 2

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """Nothing has to be done for it."""
        with in_one_line(self.device):
            yield

    def recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        """`work` itself."""
        return work

    def pinned(self, tensor: Tensor) -> Tensor:
        """The tensor itself. Any shape."""
        return tensor

    def wait(self) -> None:
        """Nothing is ever asked ahead."""

    def free(self) -> int:
        """As if there were a card's worth."""
        return 1 << 34


@contextlib.contextmanager
def in_one_line(device: torch.device) -> Iterator[None]:
    """A card that is lost inside is told in one line.

    Raises:
        EngineError: the card failed.
        torch.OutOfMemoryError: its memory is full.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        if not is_of_the_card(error):
            raise
        raise EngineError(
            f"the card {device} failed ({first_line(error)}); what it was working on is lost"
            " since the last checkpoint: start it again with redraw resume"
        ) from error


def in_halves(
    draw: Callable[[int, int], NDArray[np.float32]], count: int, card: Card | Host, what: str
) -> NDArray[np.float32]:
    """Draw rows or points, halves of them where the card's memory is full.

    Args:
        draw: Draws those from one on and before another.
        count: How many there are.
        card: Where.
        what: They are, in words.

    Raises:
        EngineError: there is no memory for a single one.
    """
    done: list[NDArray[np.float32]] = []
    first, size = 0, count
    while first < count:
        try:
            with card():
                done.append(draw(first, min(first + size, count)))
        except torch.OutOfMemoryError as error:
            if size == 1:
                raise EngineError(
                    f"drawing {what} takes more of the card's memory than the"
                    f" {card.free() / 1e9:.2f} GB that are free; close what else runs there, or"
                    " draw with --device cpu"
                ) from error
            error.__traceback__ = None  # what the failed attempt held is gone with it
            size = -(-size // 2)
            continue
        first += size
    return done[0] if len(done) == 1 else np.concatenate(done)


def card_of(device: torch.device) -> Card | Host:
    """A GPU of that name; the processor in its place, where tests say so."""
    return Host() if device.type == "cpu" else Card(device)


def is_of_the_card(error: BaseException) -> bool:
    """Whether an error says that the card itself failed."""
    return isinstance(error, RuntimeError) and "CUDA" in str(error)


def first_line(error: BaseException) -> str:
    """Of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
