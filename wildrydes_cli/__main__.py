"""Starts the `wildrydes` command. `python -m wildrydes_cli` is the same."""

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType


class _Ended(KeyboardInterrupt):
    """A signal asked the command to end. It is handled like Ctrl-C, but the exit code tells them apart."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


def main() -> None:
    """Run the command line. Ctrl-C ends it with 130, also while modules are still being loaded."""
    # Importing modules creates many objects and no garbage, and at exit all of them go at once. Without the garbage
    # collector's passes over them, a short command is an eighth faster. Most of that is the last `freeze`.
    gc.disable()
    _replace_closed_streams()
    code = 130
    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
                signal.signal(number, _end)
        from wildrydes_cli.cli import app

        gc.freeze()
        gc.enable()
        app(prog_name="wildrydes")
    except _Ended as ending:
        code = 128 + ending.signal
    except KeyboardInterrupt:
        pass
    except SystemExit as ending:
        if not isinstance(ending.code, int) or not ending.code:
            raise
        code = ending.code
    finally:
        gc.freeze()
    # Python would wait for threads that are still waiting for a server, and a server can hang.
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _end(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second signal ends the command at once
    raise _Ended(number)


def _replace_closed_streams() -> None:
    """Replace streams that the caller has closed (`>&-`) with ones that fail when they are used."""
    for name, mode, wrong in (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_RDONLY)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, wrong), mode, encoding="utf-8"))


if __name__ == "__main__":
    main()
