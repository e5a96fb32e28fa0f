"""Signing in, staying signed in, and signing out."""

from datetime import datetime

from handwerk.domain.identity.errors import NotSignedIn, RefreshRefused, SignInRefused
from handwerk.domain.identity.limits import Limit, network_of
from handwerk.domain.identity.model import Actor, Credentials, Login, User
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.identity.ports import (
    AccessTokens,
    IdentityTransaction,
    PasswordHasher,
    RateLimit,
    Sessions,
    Transactions,
    Users,
)
from handwerk.domain.identity.security import SecurityEvent, SecurityKind, stranger
from handwerk.domain.identity.sessions import (
    RefreshToken,
    Session,
    Showing,
    SignedIn,
    new_claims,
    new_session,
)
from handwerk.domain.kernel.clock import Clock

# Per account and address: an attacker is slowed down, and cannot lock the owner out from afar.
SIGN_IN_LIMIT = Limit("sign-in", most=10, seconds=300)
# Per address, whatever the account: who tries one password on many accounts is slowed down, and a
# whole office behind one address is not.
ADDRESS_LIMIT = Limit("sign-in-address", most=600, seconds=300)


async def login(
    given: Login,
    *,
    address: str,
    users: Users,
    transactions: Transactions,
    passwords: PasswordHasher,
    tokens: AccessTokens,
    limit: RateLimit,
    address_limit: RateLimit,
    clock: Clock,
) -> SignedIn:
    """Begin a session. `address` is the client's, as far as it is known.

    An unknown user, a disabled one and a wrong password get the same answer after the same work.
    """
    login = given.checked()
    (await address_limit.take(network_of(address))).require()
    (await limit.take(_limited(login.email, address))).require()
    known = await users.credentials(login.email)
    fits = await passwords.verify(known.password_hash if known else None, login.password)
    if known is None or not fits or not known.user.is_active:
        await _report_failure(transactions, login.email, known, address)
        raise SignInRefused
    renewed = None
    if passwords.is_outdated(known.password_hash):
        renewed = await passwords.hash(login.password)
    session, refresh_token = new_session(known.user.id, clock.now())
    async with transactions() as tx:
        user = await _still_admitted(tx, known)
        if renewed is not None:
            tx.users.save(user, renewed)
        tx.sessions.remove_expired(user.id, session.created_at)
        tx.sessions.add(session)
        tx.report(_about(SecurityKind.SIGNED_IN, session, address))
        await tx.commit()
    return _signed_in(session, refresh_token, user.role, tokens, session.created_at)


async def refresh(
    refresh_token: str,
    *,
    sessions: Sessions,
    transactions: Transactions,
    tokens: AccessTokens,
    clock: Clock,
) -> SignedIn:
    """Spend a refresh token for a new one and a new access token.

    A token that was spent before ends the session: one of the two who hold it has stolen it.
    """
    shown = RefreshToken.parse(refresh_token)
    now = clock.now()
    role = await sessions.role_of(shown.session_id, now)
    successor = RefreshToken.fresh(shown.session_id)
    async with transactions() as tx:
        session = await tx.sessions.locked(shown.session_id)
        if session is None or role is None:
            raise RefreshRefused
        worth = session.shown(shown, now)
        if worth is Showing.WORTHLESS:
            raise RefreshRefused
        valid = worth is Showing.VALID
        session = session.rotated(successor, now) if valid else session.ended(now)
        tx.sessions.save(session)
        if not valid:
            tx.report(_about(SecurityKind.REFRESH_REPLAYED, session))
        await tx.commit()
    if not valid:
        raise RefreshRefused
    return _signed_in(session, successor, role, tokens, now)


async def logout(actor: Actor, *, transactions: Transactions, clock: Clock) -> None:
    """End the session in which the actor asks."""
    actor.require(Permission.OWN_DATA)
    if actor.session_id is None:
        raise NotSignedIn
    async with transactions() as tx:
        session = await tx.sessions.locked(actor.session_id)
        if session is not None:
            tx.sessions.save(session.ended(clock.now()))
            tx.report(_about(SecurityKind.SIGNED_OUT, session))
        await tx.commit()


def _limited(email: str, address: str) -> str:
    # Hashed, so that the limiter's store holds no e-mail and no key of a stranger's length.
    return f"{stranger(email)}:{network_of(address)}"


def _about(kind: SecurityKind, session: Session, address: str | None = None) -> SecurityEvent:
    who = session.user_id
    detail = {"session": str(session.id)}
    return SecurityEvent(kind=kind, actor_id=who, subject_id=who, address=address, detail=detail)


async def _report_failure(
    transactions: Transactions, email: str, known: Credentials | None, address: str
) -> None:
    """Known or not, one row is written: the answer takes as long."""
    event = SecurityEvent(
        kind=SecurityKind.SIGN_IN_FAILED,
        subject_id=known.user.id if known else None,
        address=address,
        detail={} if known else {"unknown_email": stranger(email)},
    )
    async with transactions() as tx:
        tx.report(event)
        await tx.commit()


async def _still_admitted(tx: IdentityTransaction, known: Credentials) -> User:
    """The user as of now: the password took long to check, and what changed meanwhile counts."""
    today = await tx.users.locked(known.user.id)
    if today is None or not today.user.is_active or today.password_hash != known.password_hash:
        raise SignInRefused
    return today.user


def _signed_in(
    session: Session,
    refresh_token: RefreshToken,
    role: Role,
    tokens: AccessTokens,
    now: datetime,
) -> SignedIn:
    claims = new_claims(session, role, now)
    return SignedIn(
        access_token=tokens.issue(claims),
        refresh_token=refresh_token.text(),
        expires_in=int((claims.expires_at - now).total_seconds()),
    )
