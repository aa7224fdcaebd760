"""How often one address, or one visitor, may ask: a bucket of tokens each, that fills again evenly."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

REMEMBERED = 10_000
"""Addresses; the one not seen for longest is forgotten, and starts anew."""


class Rate:
    """So many a minute for each address; for many threads at once."""

    def __init__(
        self, per_minute: float, *, at_once: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """
        Args:
            at_once: in bursts of up to so many; as many as in a minute where None.
        """
        self._per_second = per_minute / 60
        self._capacity = max(per_minute if at_once is None else at_once, 1.0)
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, *, cost: float = 1.0) -> float:
        """0.0 if the address may, which counts; else the seconds until it may again.

        Args:
            cost: as how many it counts; as many as may come at once at most.
        """
        cost = min(cost, self._capacity)
        with self._lock:
            now = self._clock()
            tokens, since = self._buckets.pop(address, (self._capacity, now))
            tokens = min(tokens + (now - since) * self._per_second, self._capacity)
            wait = 0.0 if tokens >= cost else (cost - tokens) / self._per_second
            self._buckets[address] = (tokens - cost if not wait else tokens, now)
            while len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            return wait


def address_of(client: Sequence[Any] | None, headers: Mapping[str, str], proxies: int) -> str:
    """Where a request comes from, as far as it can be trusted; of IPv6 the network that one customer has.

    Args:
        client: (host, port) of the connection.
        headers: names in lower case.
        proxies: how many of the server's own proxies have added to ``X-Forwarded-For``; what stands before those
            entries was written by the visitor, and is not believed.
    """
    host = str(client[0]) if client else ""
    if proxies:
        entries = [entry.strip() for entry in headers.get("x-forwarded-for", "").split(",") if entry.strip()]
        if entries:
            host = entries[-min(proxies, len(entries))]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
