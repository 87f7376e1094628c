"""Shuts the process down cleanly on SIGTERM (a canceled sync) and on Ctrl-C."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable

from airbyte_cdk.logger import PRINT_BUFFER

_SIGNALS = {signal.SIGTERM, signal.SIGINT}
_SIGNAL_EXIT = 128  # plus the signal's number: how shells and Docker report an end by a signal
_OUTPUT_TIMEOUT_SECONDS = 3.0


class SignalWatcher:
    """Waits for SIGTERM and SIGINT. Either a signal or the end of the command ends the process.

    A thread of its own waits for the signals, and no other thread is interrupted. If a signal
    interrupted a write to a full pipe (the platform reads more slowly than BILL answers), Python
    3.11 would lose the rest of that write whatever the signal handler did, and the line would be
    cut in two.
    """

    def __init__(self, flush: Callable[[], None], log_out: Callable[[], None]) -> None:
        self._flush = flush
        self._log_out = log_out
        # whoever holds it ends the process; nobody releases it
        self._end = threading.Lock()

    def start(self) -> None:
        """Start to wait for the signals. Must be called before any other thread starts."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # instead of Python's KeyboardInterrupt
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    def command_ended(self) -> None:
        """Let the command end the process. From now on signals are ignored.

        If a signal came first, this never returns.
        """
        if not self._end.acquire(blocking=False):
            threading.Event().wait()

    def _wait(self) -> None:
        received = signal.sigwait(_SIGNALS)
        # With the buffer's lock the output ends between two lines, and no line follows. A consumer
        # that no longer reads can block the lock, so that there is a timeout.
        has_lock = PRINT_BUFFER.lock.acquire(timeout=_OUTPUT_TIMEOUT_SECONDS)
        if not self._end.acquire(blocking=False):
            if has_lock:
                PRINT_BUFFER.lock.release()
            return
        if has_lock:
            with contextlib.suppress(OSError):
                self._flush()
        self._log_out()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {received})
        os.kill(os.getpid(), received)
        # The first process of a container survives a signal that it sends to itself.
        os._exit(_SIGNAL_EXIT + received)
