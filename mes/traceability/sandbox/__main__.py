"""`python -m mes.traceability.sandbox --port P --data DIR …`: what `mes sandbox-platform` starts, and restarts."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from mes.traceability.sandbox.app import serve
from mes.traceability.sandbox.problems import UnusableFileError
from mes.traceability.sandbox.supervisor import keep_running


def main(arguments: list[str] | None = None) -> int:
    """Serve the platform; 1 where its files cannot be used."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="mes sandbox-platform", description="A city's platform to try against")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--address", default="", help="how senders reach it, where that is not HOST and PORT")
    parser.add_argument("--data", type=Path, default=Path("var/sandbox-platform"))
    parser.add_argument("--faults", type=Path)
    parser.add_argument("--app-keys", type=Path)
    parser.add_argument("--city", type=Path, action="append", default=[], help="play this city's file too; repeatable")
    parser.add_argument("--keep-running", action="store_true", help="start again after a restart that a fault played")
    options = parser.parse_args(given)
    if options.keep_running:
        return keep_running([one for one in given if one != "--keep-running"])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        serve(
            options.port,
            options.data,
            options.faults,
            host=options.host,
            base_url=options.address,
            app_keys_file=options.app_keys,
            city_files=options.city,
        )
    except UnusableFileError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
