"""Starts the host. Everything else is in a package, so that its bytecode is cached: a script's own never is."""

import sys

sys.path.pop(0)
sys.path.insert(0, __file__.rpartition("/")[0])

from bay_host.loop import main  # noqa: E402

sys.path[0] = ""
main(state_dir=sys.argv[1])
