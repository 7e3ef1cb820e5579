"""Where the `wildrydes` command starts; `python -m wildrydes_cli` is the same."""

import gc
import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command line. Ctrl-C ends it with 130, also while its modules are still being loaded."""
    # Loading modules makes many objects and no garbage, and at the end everything goes at once: without the collector's
    # searches through all of it, before and after, a short command takes four fifths of the time.
    gc.disable()
    # A stream that the caller has closed (`>&-`) is None to Python.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # open to the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    try:
        from wildrydes_cli.cli import app

        gc.enable()
        app(prog_name="wildrydes")
    except (KeyboardInterrupt, SystemExit) as ending:
        if getattr(ending, "code", 130) != 130:
            raise
        # Python would wait for the threads that still ask a server something: as long as that hangs.
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(130)
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
