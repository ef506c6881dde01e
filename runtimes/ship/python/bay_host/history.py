"""IPython's history without a database and without growth."""

from IPython.core.history import HistoryManager

# How many cells `In` and `_i<n>` remember.
REMEMBERED_CELLS = 500


class RecentHistory(HistoryManager):
    def store_inputs(self, line_num, source, source_raw=None):
        source = source.rstrip("\n")
        source_raw = source if source_raw is None else source_raw.rstrip("\n")
        self.input_hist_parsed.append(source)
        self.input_hist_raw.append(source_raw)
        self._forget(len(self.input_hist_parsed) - 1 - REMEMBERED_CELLS)
        self._iii, self._ii, self._i, self._i00 = self._ii, self._i, self._i00, source_raw
        names = {"_i": self._i, "_ii": self._ii, "_iii": self._iii, f"_i{line_num}": self._i00}
        self.shell.push(names, interactive=False)

    def store_output(self, line_num):
        """IPython would hand it to its database."""

    def _forget(self, position):
        # The lists are indexed by cell number, so that an entry can be emptied but not taken out.
        if position > 0:
            self.input_hist_parsed[position] = self.input_hist_raw[position] = ""
            self.shell.user_ns.pop(f"_i{position}", None)
            self.shell.user_ns_hidden.pop(f"_i{position}", None)

    def forget_output(self):
        """IPython 9 keeps every character and picture a cell printed, for ever. Nothing here reads them."""
        for name in ("outputs", "exceptions", "output_hist_reprs"):
            kept = getattr(self, name, None)
            if kept:
                kept.clear()
