"""IPython's InteractiveShell, with its output turned towards the agent."""

import contextlib
import linecache
import os
import signal
import subprocess
import sys

from IPython.core.interactiveshell import InteractiveShell

from .display import Publisher, ResultHook, cut
from .history import RecentHistory

_BASH = "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"
_REMEMBERED_SOURCES = 2000
_MAX_TRACEBACK_CHARS = 256 * 1024


class Shell(InteractiveShell):
    displayhook_class = ResultHook
    display_pub_class = Publisher
    # The session that the loop puts here: where messages go.
    session = None

    def init_history(self):
        self.history_manager = RecentHistory(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def forget_old_code(self):
        """IPython keeps the source of every cell for tracebacks; functions of a very old cell are shown without it."""
        names = self.compile._filename_map
        while len(names) > _REMEMBERED_SOURCES:
            oldest = next(iter(names))
            del names[oldest]
            linecache.cache.pop(oldest, None)

    def _tee(self, channel):
        """IPython 9 copies all output into its history, without a bound."""
        return contextlib.nullcontext()

    def enable_gui(self, gui=None):
        """`%matplotlib inline` asks for no event loop; there is none to give."""

    def ask_exit(self):
        raise SystemExit(0)

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        try:
            etype, value, tb = self._get_exc_info(exc_tuple)
        except ValueError:
            return super().showtraceback(exc_tuple, *args, **kwargs)
        _cut_own_frames(tb)
        return super().showtraceback((etype, value, tb), *args, **kwargs)

    def _showtraceback(self, etype, evalue, stb):
        lines = stb if isinstance(stb, list) else [str(stb)]
        self.session.send_error(etype.__name__, _text_of(evalue), _bounded(lines))

    def show_usage_error(self, exc):
        self.session.send_error("UsageError", _text_of(exc), [f"UsageError: {exc}"])

    def system(self, cmd):
        """`!cmd`: its output goes straight to this process' own stdout and stderr."""
        command = self.var_expand(cmd, depth=1)
        self.session.streams.flush()
        self.user_ns["_exit_code"] = _run(command, self.session.streams.is_redirected)


def _cut_own_frames(tb):
    """Where the interrupt was raised says nothing about the user's code: the traceback ends where it struck."""
    here = os.path.dirname(__file__)
    while tb is not None:
        following = tb.tb_next
        if following is not None and following.tb_frame.f_code.co_filename.startswith(here):
            tb.tb_next = None
        tb = tb.tb_next


def _run(command, captured):
    # A group of its own: an interrupt ends what the command started, too.
    process = subprocess.Popen(
        command,
        shell=True,
        executable=_BASH,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if captured else None,
        stderr=subprocess.STDOUT if captured else None,
        start_new_session=True,
    )
    try:
        if captured:
            for line in process.stdout:
                sys.stdout.write(line.decode("utf-8", "replace"))
            process.stdout.close()
        return process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _text_of(value):
    try:
        return cut(str(value))
    except Exception as error:  # noqa: BLE001  a user's __str__ may do anything
        return f"<no text: {type(error).__name__}>"


def _bounded(lines):
    kept, left = [], _MAX_TRACEBACK_CHARS
    for line in lines:
        text = cut(str(line), left)
        kept.append(text)
        left -= len(text)
        if left <= 0:
            break
    return kept
