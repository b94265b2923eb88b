"""Subscriptions: one for each poll class, so that a machine's news come when they happen and none is lost.

A point that a server does not let us subscribe to is read instead, at each poll.
"""

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from asyncua import ua

from lines.adapter import DeviceUnavailableError
from lines.opcua.connection import Connection, ServiceRefusedError
from lines.profile import Point, Poll, Profile, Role

QUEUE_SIZE = 20
"""States of one node that a server keeps between two of its messages."""
_AS_FAST_AS_IT_CAN = 0.0  # the sampling interval by which a server tells of every change, where it can
KEEP_ALIVE_SECONDS = 5.0
"""A server with nothing new says so at this interval."""
_MISSED_KEEP_ALIVES = 3
_LIFETIME_COUNT = 10  # in keep-alives; the least that part 4 allows is three
_MESSAGE_ITEMS = 1000

Tell = Callable[[Point, ua.DataValue], None]


@dataclass(slots=True)
class _Subscription:
    """One subscription. ``silent_after`` is the longest silence of a sound server, in seconds."""

    silent_after: float
    told_at: float
    points: dict[int, Point] = field(default_factory=dict)
    ended: str | None = None


class Subscriptions:
    """The subscriptions of one session; ``tell`` is given each news as it comes."""

    def __init__(self, connection: Connection, profile: Profile, tell: Tell) -> None:
        self._connection = connection
        self._profile = profile
        self._tell = tell
        self._subscriptions: list[_Subscription] = []

    @property
    def told_at(self) -> float:
        """When the server last told something, in the event loop's time; minus infinity if never."""
        return max((subscription.told_at for subscription in self._subscriptions), default=-math.inf)

    async def start(self, nodes: Mapping[str, ua.NodeId], most_items: int) -> set[str]:
        """Subscribe to nodes, by the names of their points; the names of those that are told from now on.

        Raises :class:`DeviceUnavailableError` or :class:`lines.adapter.GarbageError`.
        """
        told: set[str] = set()
        for poll in Poll:
            points = [point for point in self._profile.points if point.poll is poll and point.name in nodes]
            if points:
                told |= await self._subscribe(poll, points, nodes, most_items)
        return told

    def check(self) -> None:
        """See that no subscription has died. Raises :class:`DeviceUnavailableError`."""
        now = asyncio.get_running_loop().time()
        for subscription in self._subscriptions:
            if subscription.ended:
                raise DeviceUnavailableError(f"the server ended the subscription: {subscription.ended}")
            if now - subscription.told_at > subscription.silent_after:
                raise DeviceUnavailableError(f"the subscription is silent since {now - subscription.told_at:.0f} s")

    async def _subscribe(
        self, poll: Poll, points: Sequence[Point], nodes: Mapping[str, ua.NodeId], most_items: int
    ) -> set[str]:
        subscription = _Subscription(math.inf, asyncio.get_running_loop().time())
        interval_ms = self._profile.interval_seconds(poll) * 1000
        try:
            created = await self._connection.subscribe(
                _parameters(interval_ms), lambda result: self._publish(subscription, result)
            )
            self._subscriptions.append(subscription)
            subscription.silent_after = _MISSED_KEEP_ALIVES * _keep_alive_seconds(created)
            return await self._monitor(created.SubscriptionId, subscription, points, nodes, interval_ms, most_items)
        except ServiceRefusedError:
            return set()

    async def _monitor(
        self,
        number: int,
        subscription: _Subscription,
        points: Sequence[Point],
        nodes: Mapping[str, ua.NodeId],
        interval_ms: float,
        most_items: int,
    ) -> set[str]:
        subscription.points = dict(enumerate(points))
        told: set[str] = set()
        for first in range(0, len(points), most_items):
            part = list(subscription.points.items())[first : first + most_items]
            items = [_item(handle, point, nodes[point.name], interval_ms) for handle, point in part]
            parameters = ua.CreateMonitoredItemsParameters(
                SubscriptionId=number, TimestampsToReturn=ua.TimestampsToReturn.Both, ItemsToCreate=items
            )
            try:
                results = await self._connection.monitor(parameters)
            except ServiceRefusedError:
                continue
            told |= {point.name for (_, point), made in zip(part, results, strict=False) if made.StatusCode.is_good()}
        return told

    def _publish(self, subscription: _Subscription, result: ua.PublishResult) -> None:
        subscription.told_at = asyncio.get_running_loop().time()
        for item in _items(subscription, result):
            point = subscription.points.get(item.ClientHandle)
            if point is not None:
                self._tell(point, item.Value)


def _items(subscription: _Subscription, result: ua.PublishResult) -> Iterator[ua.MonitoredItemNotification]:
    for news in result.NotificationMessage.NotificationData or ():
        if isinstance(news, ua.DataChangeNotification):
            yield from news.MonitoredItems
        elif isinstance(news, ua.StatusChangeNotification) and news.Status is not None and not news.Status.is_good():
            subscription.ended = news.Status.name


def _parameters(interval_ms: float) -> ua.CreateSubscriptionParameters:
    keep_alive_count = max(1, math.ceil(KEEP_ALIVE_SECONDS * 1000 / interval_ms))
    return ua.CreateSubscriptionParameters(
        RequestedPublishingInterval=interval_ms,
        RequestedLifetimeCount=keep_alive_count * _LIFETIME_COUNT,
        RequestedMaxKeepAliveCount=keep_alive_count,
        MaxNotificationsPerPublish=_MESSAGE_ITEMS,
        PublishingEnabled=True,
    )


def _keep_alive_seconds(created: ua.CreateSubscriptionResult) -> float:
    """The interval at which the server speaks at least; never taken for less than a second."""
    seconds: float = float(created.RevisedPublishingInterval) * max(1, created.RevisedMaxKeepAliveCount) / 1000
    return max(seconds, 1.0)


def _item(handle: int, point: Point, node_id: ua.NodeId, interval_ms: float) -> ua.MonitoredItemCreateRequest:
    """What to tell of a node: of a measurement one value in each message, of all else that is fast every change."""
    is_curve = point.role in {Role.MEASUREMENT, Role.PROGRESS}
    return ua.MonitoredItemCreateRequest(
        ua.ReadValueId(node_id, ua.AttributeIds.Value),
        ua.MonitoringMode.Reporting,
        ua.MonitoringParameters(
            ClientHandle=handle,
            SamplingInterval=interval_ms if is_curve or point.poll is Poll.SLOW else _AS_FAST_AS_IT_CAN,
            QueueSize=QUEUE_SIZE,
            DiscardOldest=True,
        ),
    )
