"""stdout and stderr of the process: line by line like a terminal, and mended when a cell broke them."""

import fcntl
import io
import os
import sys

_LOWEST_FD = 200


class Streams:
    def __init__(self):
        self._kept = {fd: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _LOWEST_FD) for fd in (1, 2)}
        self._libc = None
        self.stdout = self.stderr = None
        self._open()

    def _open(self):
        self.stdout = sys.stdout = sys.__stdout__ = _text_stream(1, write_through=False)
        self.stderr = sys.stderr = sys.__stderr__ = _text_stream(2, write_through=True)

    @property
    def is_redirected(self):
        return sys.stdout is not self.stdout

    def flush(self):
        """Brings what Python and C still hold into the pipes, so that it arrives before the message that follows."""
        for stream in (sys.stdout, sys.stderr, self.stdout, self.stderr):
            try:
                stream.flush()
            except Exception:  # noqa: BLE001  a cell may have put anything there, or closed it
                pass
        self._flush_c()

    def _flush_c(self):
        # C's buffers can hold something only once a library was loaded that writes by printf, and those come with ctypes or
        # with extension modules that import it (numpy does).
        if self._libc is None:
            ctypes = sys.modules.get("ctypes")
            if ctypes is None or not hasattr(ctypes, "CDLL"):
                return
            self._libc = ctypes.CDLL(None)
        self._libc.fflush(None)

    def mend(self):
        """Gives the next cell working streams when the last one closed descriptor 1 or 2, or sys.stdout."""
        for fd, kept in self._kept.items():
            try:
                os.fstat(fd)
            except OSError:
                os.dup2(kept, fd)
        if self.stdout.closed or self.stderr.closed:
            self._open()


def _text_stream(fd, write_through):
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw, 65536),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
        write_through=write_through,
    )
