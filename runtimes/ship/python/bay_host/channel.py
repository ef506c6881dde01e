"""The control channel to the agent: JSON lines over the inherited socket.

The main thread reads. Any thread may send: a background thread can display, too.
"""

import fcntl
import json
import math
import os
import threading

# Far from the low numbers that user code closes or reuses by habit.
_LOWEST_FD = 200


class ChannelClosed(Exception):
    """The agent went away."""


class Channel:
    def __init__(self, fd):
        self._fd = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _LOWEST_FD)
        os.close(fd)
        self._received = bytearray()
        self._put_aside = []
        self._sending = threading.Lock()
        self._owner = os.getpid()
        os.register_at_fork(after_in_child=self._abandon)

    @property
    def is_open(self):
        """False in a forked child: only the host itself speaks to the agent."""
        return self._fd is not None

    def _abandon(self):
        fd, self._fd = self._fd, None
        # The lock may have been held by a thread that the child does not have.
        self._sending = threading.Lock()
        if fd is not None:
            os.close(fd)

    def send(self, message):
        payload = memoryview(encode(message) + b"\n")
        with self._sending:
            if self._fd is None:
                raise ChannelClosed
            while payload:
                payload = payload[os.write(self._fd, payload) :]

    def receive(self):
        """The next message of the agent."""
        return self._put_aside.pop(0) if self._put_aside else self._read()

    def await_ack(self):
        """Waits until the agent took the last message. What else arrives keeps its turn."""
        while True:
            message = self._read()
            if message["type"] == "ack":
                return
            self._put_aside.append(message)

    def _read(self):
        seen = 0
        while True:
            end = self._received.find(b"\n", seen)
            if end >= 0:
                line = bytes(self._received[:end])
                del self._received[: end + 1]
                return json.loads(line)
            seen = len(self._received)
            chunk = os.read(self._fd, 65536)
            if not chunk:
                raise ChannelClosed
            self._received += chunk


def encode(message):
    try:
        return json.dumps(message, allow_nan=False, default=repr).encode()
    except (ValueError, TypeError, RecursionError):
        return json.dumps(_plain(message, 0), allow_nan=False).encode()


def _plain(value, depth):
    """The nearest thing JSON can say: no NaN, no cycles, only text as keys."""
    if depth > 50:
        return "…"
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int, bool)) else repr(value)
