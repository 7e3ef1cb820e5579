"""Starts the `wildrydes` command. `python -m wildrydes_cli` is the same."""

import gc
import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command line. Ctrl-C ends it with 130, also while modules are still being loaded."""
    # Importing modules creates many objects and no garbage, and at exit all of them go at once. Without the garbage
    # collector's passes over them, a short command takes seven eighths of the time. Most of that is `freeze`.
    gc.disable()
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the caller has closed it (`>&-`)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # open until the end
    try:
        from wildrydes_cli.cli import app

        gc.enable()
        app(prog_name="wildrydes")
    except (KeyboardInterrupt, SystemExit) as ending:
        if getattr(ending, "code", 130) != 130:
            raise
        # Python would wait for threads that are still waiting for a server, and a server can hang.
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(130)
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
