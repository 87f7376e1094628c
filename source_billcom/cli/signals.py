"""An orderly end where the platform cancels a sync with SIGTERM, or a person with Ctrl-C."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable

from airbyte_cdk.logger import PRINT_BUFFER

_SIGNALS = {signal.SIGTERM, signal.SIGINT}
_SIGNAL_EXIT = 128  # plus its number: how a shell and docker tell an end by a signal
_PATIENCE_SECONDS = 3.0


class Ending:
    """Decides who ends this process: its command, by coming to its end, or a signal.

    SIGTERM and SIGINT are waited for in a thread of its own and interrupt no other. A signal that
    arrives in the middle of a write to a pipe that is full, as it is where the platform is slower
    than BILL, makes Python 3.11 lose what was left to write, whatever the handler does: a line
    torn in two.
    """

    def __init__(self, say_last: Callable[[], None], log_out: Callable[[], None]) -> None:
        self._say_last = say_last
        self._log_out = log_out
        self._is_decided = threading.Lock()

    def watch(self) -> None:
        """Begin to wait for the signals; called before any other thread is started."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # not Python's own way, a traceback
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    def by_command(self) -> None:
        """Let the command end the process; from now on a signal changes nothing.

        Where a signal was first, this never returns.
        """
        if not self._is_decided.acquire(blocking=False):
            threading.Event().wait()

    def _wait(self) -> None:
        received = signal.sigwait(_SIGNALS)
        # between two lines, unless nobody reads them any more; and none is written after it
        is_between_lines = PRINT_BUFFER.lock.acquire(timeout=_PATIENCE_SECONDS)
        if not self._is_decided.acquire(blocking=False):
            if is_between_lines:
                PRINT_BUFFER.lock.release()
            return
        if is_between_lines:
            with contextlib.suppress(OSError):
                self._say_last()
        self._log_out()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {received})
        os.kill(os.getpid(), received)
        # a container's first process outlives a signal that it sends itself
        os._exit(_SIGNAL_EXIT + received)
