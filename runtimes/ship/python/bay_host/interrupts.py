"""SIGINT ends the running cell, and nothing else.

The agent interrupts by SIGINT. Between cells it is ignored, inside `deferred()` it waits, in a cell that awaits it cancels the
task (an exception out of the event loop's select would leave the coroutine behind, to run on in the next cell), and everywhere
else it is KeyboardInterrupt.
"""

import contextlib
import signal
import sys


class Interrupts:
    def __init__(self):
        self.cell_runs = False
        # Told by the error report: a cancelled task says CancelledError, the user's word is KeyboardInterrupt.
        self.cancelled_task = False
        self._depth = 0
        self._pending = False
        self._loop = None
        self._task = None

    def install(self):
        """Takes SIGINT (back) from whatever a cell installed."""
        if signal.getsignal(signal.SIGINT) is not self._handle:
            signal.signal(signal.SIGINT, self._handle)

    def begin_cell(self):
        self.cancelled_task = self._pending = False
        self.install()
        self.cell_runs = True

    def _handle(self, signum, frame):
        if not self.cell_runs:
            return
        if self._depth:
            self._pending = True
            return
        if self._loop_waits():
            self.cancelled_task = True
            self._task.cancel()
            # select is resumed after a signal handler: only a wake-up makes the loop look at the cancelled task.
            self._loop.call_soon_threadsafe(lambda: None)
            return
        raise KeyboardInterrupt

    def _loop_waits(self):
        if self._task is None or self._task.done():
            return False
        return sys.modules["asyncio"].current_task(self._loop) is None

    @contextlib.contextmanager
    def deferred(self):
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self._pending and not self._depth and self.cell_runs:
            self._pending = False
            raise KeyboardInterrupt

    def run_coroutine(self, coroutine):
        """IPython's loop runner: runs a cell that awaits, on one event loop for the life of the process."""
        import asyncio

        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(self._task)
        finally:
            self._task = None
