"""Turns Ctrl-C, SIGTERM and SIGHUP into an orderly end."""

import signal
from collections.abc import Callable
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNAL_EXIT = 128


class Interrupts:
    """Remembers the first signal and passes each on: the first time gently, then with force."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._stop: Callable[[], None] | None = None
        self._kill: Callable[[], None] | None = None

    def install(self) -> None:
        """Handle the signals from now on. One that the parent process ignores stays ignored."""
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)

    def pass_on(self, stop: Callable[[], None], kill: Callable[[], None]) -> None:
        """Call `stop` at the first signal, now if it has already come, and `kill` at the second."""
        self._stop, self._kill = stop, kill
        if self.received is not None:
            stop()

    @property
    def exit_code(self) -> int:
        """The exit code after a signal, as shells report it."""
        return _SIGNAL_EXIT + (self.received or 0)

    def _handle(self, number: int, _: FrameType | None) -> None:
        act = self._stop if self.received is None else self._kill
        self.received = self.received or number
        if act:
            act()
