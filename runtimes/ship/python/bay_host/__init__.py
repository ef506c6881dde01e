"""IPython's shell behind a JSON-lines channel: the process in which a sandbox's Python runs."""
