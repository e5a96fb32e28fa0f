"""What sign-in and user management refuse."""

from handwerk.domain.kernel.errors import Conflict, Unauthenticated


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


class LastAdmin(Conflict):
    """Nobody could manage users any more."""

    def __init__(self) -> None:
        super().__init__("This is the last active admin; make another user an admin first.")
