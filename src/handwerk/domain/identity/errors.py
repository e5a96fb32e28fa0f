"""What sign-in and user management refuse."""

from handwerk.domain.kernel.errors import Conflict, Forbidden, Unauthenticated


class SignInRefused(Unauthenticated):
    """One sentence for an unknown user, a disabled one and a wrong password."""

    def __init__(self) -> None:
        super().__init__("The e-mail or the password is wrong.")


class TokenRefused(Unauthenticated):
    """The access token is forged, expired, or its session has ended."""

    def __init__(self) -> None:
        super().__init__("The access token is not valid (any more); sign in again.")


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, spent or expired, or its session has ended."""

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid (any more); sign in again.")


class NotSignedIn(Unauthenticated):
    """The request carries no sign-in, and nothing is done for strangers."""

    def __init__(self) -> None:
        super().__init__("Sign in first: send 'Authorization: Bearer …'.")


class EmailTaken(Conflict):
    """Another user signs in with that e-mail."""

    def __init__(self) -> None:
        super().__init__("There is a user with that e-mail already.")


class TooManyKeys(Conflict):
    """The person has as many API keys as may be."""

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} API keys already; revoke one first.")


class NotBySignIn(Forbidden):
    """An API key wants what only its owner's own sign-in may."""

    def __init__(self) -> None:
        super().__init__("Sign in with your password for this; an API key does not do.")


class LastAdmin(Conflict):
    """Nobody could manage users any more."""

    def __init__(self) -> None:
        super().__init__("This is the last active admin; make another user an admin first.")
