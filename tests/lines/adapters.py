"""What the tests of every adapter do with one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from lines import Adapter

A = TypeVar("A", bound=Adapter)


def use(adapter: A, action: Callable[[A], Awaitable[Any]]) -> Any:
    """Run an action with the adapter, connected, and close it."""

    async def run() -> Any:
        try:
            await adapter.connect()
            return await action(adapter)
        finally:
            await adapter.close()

    return asyncio.run(run())
