"""A card that is none: the processor computes, and a state machine minds the order of all calls."""

import contextlib

import torch

from redraw.engines.cuda.card import Host

LOST = "CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later"


class Fake(Host):
    """Refuses what a card would refuse, and fails when it is told to.

    Args:
        lost_at: Play-back at which it is lost, counted from 0; then everything fails.
        room: Recordings that there is memory for; one more, and it is full.
        broken_recording: Whether nothing can be recorded.

    Attributes:
        played: Play-backs so far.
        waiting: Whether something was asked of it that nobody has waited for.
    """

    def __init__(self, lost_at=None, room=1 << 30, *, broken_recording=False):
        self.lost_at, self.room, self.broken_recording = lost_at, room, broken_recording
        self.played = self.entered = self.recordings = 0
        self.recording = self.waiting = False

    @contextlib.contextmanager
    def __call__(self):
        with super().__call__():
            self.entered += 1
            try:
                yield
            finally:
                self.entered -= 1

    def recorded(self, work):
        assert self.entered, "what is recorded goes to the card that is current"
        assert not self.recording, "one recording at a time"
        assert not self.waiting, "what was asked before would be in it"
        if self.broken_recording:
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing\n")
        if self.recordings >= self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        self.recordings += 1

        def replay():
            assert self.entered, "played back on another card"
            assert not self.recording
            self._fail_if_lost()
            self.played += 1
            self.waiting = True
            work()

        return replay

    def wait(self):
        assert self.entered
        self._fail_if_lost()
        self.waiting = False

    def free(self):
        return 3 << 30

    def _fail_if_lost(self):
        if self.lost_at is not None and self.played >= self.lost_at:
            raise RuntimeError(LOST)
