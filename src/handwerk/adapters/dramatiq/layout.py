"""How a job's id lies in Redis: Dramatiq's own layout, told at the top of its `dispatch.lua`.

Written directly, so that one round trip carries any number of ids and rings the bell; Dramatiq's
`send` takes one per message. The integration tests hold both ends together.
"""

from collections.abc import Sequence
from secrets import token_hex
from uuid import UUID

from dramatiq import Message

ACTOR = "run_job"
NAMESPACE = "handwerk"


def ids_key(namespace: str, queue: str) -> str:
    """The list of the message ids that nobody has fetched."""
    return f"{namespace}:{queue}"


def messages_key(namespace: str, queue: str) -> str:
    """The hash from message id to message."""
    return f"{namespace}:{queue}.msgs"


def acks_key(namespace: str, broker_id: str, queue: str) -> str:
    """The set of the message ids that a broker's worker has fetched and not acknowledged."""
    return f"{namespace}:__acks__.{broker_id}.{queue}"


def bell_channel(namespace: str) -> str:
    """Where the name of a queue is published when ids were handed to it."""
    return f"{namespace}:bell"


def intact_key(namespace: str) -> str:
    """There as long as Redis has not lost its memory."""
    return f"{namespace}:intact"


def messages(queue: str, job_ids: Sequence[UUID]) -> dict[str, bytes]:
    """A message for each job, by message id. A job may be handed twice, a message id may not."""
    return {
        message_id: Message[None](
            queue_name=queue,
            actor_name=ACTOR,
            args=(str(job_id),),
            kwargs={},
            options={"redis_message_id": message_id},
        ).encode()
        for job_id in job_ids
        if (message_id := f"{job_id}.{token_hex(4)}")
    }


def job_of(message_id: bytes | str) -> UUID:
    """The job that a message id was made for."""
    text = message_id.decode() if isinstance(message_id, bytes) else message_id
    return UUID(text.partition(".")[0])
