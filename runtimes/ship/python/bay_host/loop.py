"""One cell at a time: takes it from the agent, runs it, says how it ended."""

import builtins
import contextlib
import os
import sys
import threading
import warnings

from .channel import Channel, ChannelClosed
from .interrupts import Interrupts
from .streams import Streams

_CONTROL_FD = 3


class Session:
    """What the shell speaks to: the agent, by way of the channel."""

    def __init__(self, channel, streams, interrupts):
        self.channel = channel
        self.streams = streams
        self.interrupts = interrupts
        self.execution_count = 0
        self.errors_sent = 0

    def send_result(self, bundle):
        self._send({"type": "result", "data": bundle}, in_order=False)

    def send_display(self, bundle):
        """False where nobody listens: in a forked child."""
        return self._send({"type": "display", "data": bundle})

    def send_error(self, name, value, traceback):
        self.errors_sent += 1
        if self.interrupts.cancelled_task and name == "CancelledError":
            name = "KeyboardInterrupt"
        self._send({"type": "error", "name": name, "value": value, "traceback": traceback})

    def _send(self, message, in_order=True):
        """In order with what is printed: what came before is in the pipes, what follows waits until the agent has read them.

        A result is nearly always the last that a cell says: it need not wait.
        """
        if not self.channel.is_open:
            return False
        in_order = in_order and self.interrupts.cell_runs and threading.current_thread() is threading.main_thread()
        with self.interrupts.deferred():
            self.streams.flush()
            self.channel.send({**message, "ack": in_order})
            if in_order:
                self.channel.await_ack()
        return True


def main(state_dir):
    channel = Channel(_CONTROL_FD)
    streams = Streams()
    interrupts = Interrupts()
    interrupts.install()
    sys.argv = [""]
    shell = _make_shell(state_dir, Session(channel, streams, interrupts))
    _warm_up(shell)
    channel.send({"type": "ready", "pid": os.getpid(), "version": sys.version.split()[0]})
    try:
        while True:
            _dispatch(shell, channel.receive())
    except ChannelClosed:
        os._exit(0)


def _make_shell(state_dir, session):
    # Pictures of matplotlib become displays; a program that draws without this backend still has Agg.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    from traitlets.config import Config

    from .shell import Shell

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 200
    # IPython would make its directories in the user's home, which is the workspace.
    ipython_dir = os.path.join(state_dir, "ipython")
    with contextlib.suppress(FileExistsError):
        os.mkdir(ipython_dir, mode=0o700)
    Shell.session = session
    warnings.filterwarnings("ignore", message="To exit: use")
    shell = Shell.instance(config=config, ipython_dir=ipython_dir)
    shell.loop_runner = session.interrupts.run_coroutine
    builtins.input = _no_input
    return shell


def _no_input(prompt="", /):
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("input() is not available: nobody can type into a cell. Pass the value in the code.")


def _warm_up(shell):
    """The first cell pays for tables that IPython builds late; it need not be the user's."""
    shell.run_cell("None", store_history=False)
    shell.display_formatter.format(0)
    shell.history_manager.forget_output()


def _dispatch(shell, message):
    if message["type"] == "init":
        os.environ.update(message["env"])
        os.chdir(message["cwd"])
    elif message["type"] == "run":
        _run_cell(shell, message["code"])


def _run_cell(shell, code):
    session = shell.session
    count = session.execution_count = shell.execution_count
    session.errors_sent = 0
    session.streams.mend()
    succeeded = _run_guarded(shell, code)
    if not session.channel.is_open:
        # A forked child came back out of the cell: it is no second interpreter.
        session.streams.flush()
        os._exit(0)
    if not succeeded and not session.errors_sent:
        session.send_error("Error", "The cell did not run.", [])
    # An empty cell counts for nothing in IPython; for the caller every cell has its number.
    shell.execution_count = count + 1
    shell.history_manager.forget_output()
    shell.forget_old_code()
    session.streams.flush()
    session.channel.send({"type": "done", "ok": succeeded})


def _run_guarded(shell, code):
    interrupts = shell.session.interrupts
    try:
        interrupts.begin_cell()
        result = shell.run_cell(code, store_history=True)
        interrupts.cell_runs = False
        return bool(result is not None and result.success)
    except ChannelClosed:
        raise
    except BaseException as error:  # noqa: BLE001  an interrupt may land in IPython's own code behind the cell
        interrupts.cell_runs = False
        if not shell.session.errors_sent:
            shell.session.send_error(type(error).__name__, str(error), [])
        return False
