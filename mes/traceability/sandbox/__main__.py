"""`python -m mes.traceability.sandbox --port P --data DIR [--faults FILE]`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from mes.traceability.sandbox.app import ApiKeyFileError, serve
from mes.traceability.sandbox.faults import FaultScriptError


def main(arguments: list[str] | None = None) -> int:
    """Serve the platform; 1 where its files cannot be used."""
    parser = argparse.ArgumentParser(prog="mes sandbox-platform", description="A city's platform to try against")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, default=Path("var/sandbox-platform"))
    parser.add_argument("--faults", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        serve(options.port, options.data, options.faults, host=options.host)
    except (FaultScriptError, ApiKeyFileError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
