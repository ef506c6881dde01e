"""Results and displays: from IPython's MIME bundles to messages of the channel."""

import base64

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

# The largest bundle that is sent. A whole execution is kept up to 16 MiB by the agent: one picture must not be all of it.
MAX_BUNDLE_CHARS = 8 * 1024 * 1024
# Text longer than this is cut: nobody reads it, and the repr of a huge string is a mistake.
MAX_TEXT_CHARS = 1024 * 1024


def cut(text, limit=MAX_TEXT_CHARS):
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def portable(bundle):
    """A bundle as the protocol wants it: text as it is, bytes in base64, JSON by itself; bounded."""
    converted = {str(mime): _convert(mime, content) for mime, content in bundle.items()}
    total = sum(len(content) for content in converted.values() if isinstance(content, str))
    for mime in sorted(converted, key=lambda mime: -_size(converted[mime])):
        if total <= MAX_BUNDLE_CHARS:
            break
        total -= _size(converted[mime])
        converted[mime] = None
    left_out = [mime for mime, content in converted.items() if content is None]
    kept = {mime: content for mime, content in converted.items() if content is not None}
    if left_out:
        kept.setdefault("text/plain", "")
        kept["text/plain"] += f"\n({', '.join(left_out)}: too large to be shown)"
    return kept


def _size(content):
    return len(content) if isinstance(content, str) else 0


def _convert(mime, content):
    if isinstance(content, (bytes, bytearray, memoryview)):
        return base64.b64encode(content).decode("ascii")
    if isinstance(content, str):
        return cut(content) if mime == "text/plain" else content
    return content if mime.endswith("json") else str(content)


class ResultHook(DisplayHook):
    """Sends a cell's result instead of printing it."""

    def start_displayhook(self):
        self._is_active = True

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.session.send_result(portable(format_dict))

    def log_output(self, format_dict):
        pass

    def finish_displayhook(self):
        self._is_active = False

    def cull_cache(self):
        """Drops the oldest results without the warning that IPython would print into the cell."""
        results = self.shell.user_ns.get("_oh", {})
        for count in sorted(results)[: max(2, len(results) // 5)]:
            self.shell.user_ns.pop(f"_{count}", None)
            results.pop(count, None)


class Publisher(DisplayPublisher):
    """Sends what `display()` shows."""

    def publish(self, data, metadata=None, **kwargs):
        bundle = portable(data)
        if not self.shell.session.send_display(bundle):
            print(bundle.get("text/plain", ""))

    def clear_output(self, wait=False):
        """What was sent stays sent."""
