"""The worker's end: Dramatiq's Redis broker, woken by a bell instead of asking all the time."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import Any

from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

from handwerk.adapters.dramatiq import layout

# While Redis is away it is asked once a second.
_PATIENCE = 1.0


class Queues(RedisBroker):
    """The queues that one worker serves, which has `width` jobs in hand at a time.

    There are no delay queues, since the table knows when a job is due, and no middleware, since
    retries, limits and results are the table's, too.
    """

    def __init__(
        self, redis_url: str, names: tuple[str, ...], namespace: str, *, width: int = 1
    ) -> None:
        self._width = width
        self._bell = Bell(redis_url, layout.bell_channel(namespace), names)
        client = Redis.from_url(redis_url, socket_timeout=5.0, socket_connect_timeout=1.0)
        super().__init__(client=client, middleware=[], namespace=namespace)  # type: ignore[no-untyped-call]  # dramatiq leaves it bare
        for name in names:
            self.declare_queue(name)

    def declare_queue(self, queue_name: str) -> None:
        """Serve a queue."""
        if queue_name not in self.queues:
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Fetch from a queue, waiting up to `timeout` milliseconds for the bell to ring."""
        # Dramatiq counts the threads, of which there is one.
        prefetch = max(prefetch, 2 * self._width)
        # The bell does the waiting, so the consumer below is told to wait next to nothing.
        consumer = super().consume(queue_name, prefetch, timeout=1)
        forget = partial(self._forget, queue_name)
        return BellConsumer(consumer, self._bell.of(queue_name), forget, prefetch, timeout / 1000)

    def _forget(self, queue_name: str, message_ids: Sequence[str]) -> None:
        """Acknowledge messages: what `dispatch.lua` does for one of them."""
        acks = layout.acks_key(self.namespace, self.broker_id, queue_name)
        with self.client.pipeline(transaction=False) as pipe:
            pipe.srem(acks, *message_ids)
            pipe.hdel(layout.messages_key(self.namespace, queue_name), *message_ids)
            pipe.execute()

    def start(self) -> None:
        """Listen for the bell."""
        self._bell.start()

    def close(self) -> None:
        """Stop listening and give the connections back."""
        self._bell.stop()
        self.client.close()


class BellConsumer(Consumer):
    """A consumer that sleeps until the bell rings, and that an absent Redis does not upset.

    What it fails to acknowledge comes again and does no harm, so no worker waits for Redis: a
    message is acknowledged with others before the next are fetched.
    """

    def __init__(
        self,
        consumer: Any,
        rung: Event,
        forget: Callable[[Sequence[str]], None],
        prefetch: int,
        patience: float,
    ) -> None:
        self._consumer = consumer
        self._rung = rung
        self._forget = forget
        self._done: deque[str] = deque()
        self._few = prefetch // 2
        self._is_more = False
        self._patience = patience

    def __next__(self) -> MessageProxy | None:
        """The next message; `None` when the bell rang or the patience is over."""
        self._rung.clear()
        self._acknowledge()
        try:
            message: MessageProxy | None = next(self._consumer)
        except (RedisError, BrokerConnectionError, OSError):
            self._rung.wait(_PATIENCE)
            return None
        if message is None:
            self._rung.wait(self._patience)
        elif self._consumer.outstanding_message_count > self._few:
            self._is_more = True
        return message

    def ack(self, message: MessageProxy) -> None:
        """The message was worked on; there is room to fetch another."""
        self._done.append(message.options["redis_message_id"])
        self._consumer.queued_message_ids.discard(message.message_id)
        self._fetch_if_few()

    def nack(self, message: MessageProxy) -> None:
        """The message is of no use."""
        with suppress(RedisError, BrokerConnectionError, OSError):
            self._consumer.nack(message)
        self._fetch_if_few()

    def requeue(self, messages: Any) -> None:
        """Put fetched messages back."""
        with suppress(RedisError, BrokerConnectionError, OSError):
            self._consumer.requeue(messages)

    def close(self) -> None:
        """Acknowledge what is left."""
        self._acknowledge()

    def _acknowledge(self) -> None:
        done = [self._done.popleft() for _ in range(len(self._done))]
        if done:
            with suppress(RedisError, OSError):
                self._forget(done)

    def _fetch_if_few(self) -> None:
        # Several at a time: each fetch is a round trip and wakes a thread. Where one brought only a
        # few there were no more, and the bell tells of the next.
        if self._is_more and self._consumer.outstanding_message_count <= self._few:
            self._is_more = False
            self._rung.set()


class Bell(Thread):
    """Listens for the names of queues that were handed something."""

    def __init__(self, redis_url: str, channel: str, queues: tuple[str, ...]) -> None:
        super().__init__(name="handwerk-bell", daemon=True)
        self._client = Redis.from_url(redis_url, socket_timeout=5.0, socket_connect_timeout=1.0)
        self._channel = channel
        self._rung = {queue.encode(): Event() for queue in queues}
        self._over = Event()

    def of(self, queue: str) -> Event:
        """What is set when the queue is rung for."""
        return self._rung[queue.encode()]

    def run(self) -> None:
        """Listen until stopped, whatever Redis does."""
        while not self._over.is_set():
            try:
                self._listen()
            except (RedisError, OSError):
                self._over.wait(_PATIENCE)

    def stop(self) -> None:
        """Stop listening and wake whoever waits."""
        self._over.set()
        for rung in self._rung.values():
            rung.set()

    def _listen(self) -> None:
        with PubSub(self._client.connection_pool, ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(self._channel)
            while not self._over.is_set():
                message = subscription.get_message(timeout=_PATIENCE)
                if message is not None and (rung := self._rung.get(message["data"])):
                    rung.set()
