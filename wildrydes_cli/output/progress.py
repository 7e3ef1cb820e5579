"""Shows on stderr that something is happening. Only on a terminal: in a pipe it shows nothing."""

import select
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from wildrydes_cli.output.messages import colorful
from wildrydes_cli.stores.base import ProgressBar


def spinner(text: str | Callable[[], str]) -> AbstractContextManager[object]:
    """Show a spinner beside `text` while a block runs."""
    if not colorful(sys.stderr):
        return nullcontext()
    from wildrydes_cli.output import terminal

    return terminal.spinner(text)


def progress_bar() -> AbstractContextManager[ProgressBar]:
    """Give a block a progress bar to report to."""
    if not colorful(sys.stderr):
        return nullcontext(lambda *_: None)
    from wildrydes_cli.output import terminal

    return terminal.progress_bar()


def pause(seconds: float) -> None:
    """Wait. Raises `BrokenPipeError` as soon as the reader of stdout leaves (`| head -1`), like `tail -f`."""
    until = time.monotonic() + seconds
    try:
        watch = select.poll()
        watch.register(sys.stdout.fileno(), 0)  # errors and hang-ups are always reported
        events = watch.poll(seconds * 1000)
    except (OSError, ValueError):  # stdout has no descriptor
        events = []
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in events):
        raise BrokenPipeError
    time.sleep(max(0, until - time.monotonic()))  # poll may return early: for a descriptor that it can't watch
