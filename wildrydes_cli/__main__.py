"""Where the `wildrydes` command starts; `python -m wildrydes_cli` is the same."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C ends it with 130, also while its modules are still being loaded."""
    try:
        from wildrydes_cli.cli import app

        app(prog_name="wildrydes")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
