"""A card as a session uses it: what is run is recorded once and played back; memory; errors.

Everything a session asks of PyTorch's CUDA goes through here, so that tests can put another in its
place, without a card.
"""

import contextlib
from collections.abc import Callable, Iterator

import torch
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


def card_of(device: torch.device) -> Card | Host:
    """A GPU of that name; the processor in its place, where tests say so."""
    return Host() if device.type == "cpu" else Card(device)


def is_of_the_card(error: BaseException) -> bool:
    """Whether an error says that the card itself failed."""
    return isinstance(error, RuntimeError) and "CUDA" in str(error)


def first_line(error: BaseException) -> str:
    """Of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
