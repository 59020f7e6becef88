"""Who may come and how much they may take: what the server library leaves open is closed here."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from asyncua import Server, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession
from asyncua.server.user_managers import UserManager

from .opcua_certificates import is_current, read_pair, trusted

if TYPE_CHECKING:
    from .opcua_address import Address

MAX_MESSAGE: Final = 4_194_304
MAX_SUBSCRIPTIONS: Final = 64
MAX_ITEMS: Final = 10_000
_CHUNK: Final = 65_535
_MAX_PER_CALL: Final = 1000
_MAX_UNSENT: Final = 33_554_432
_MIN_INTERVAL_MS: Final = 20.0
_QUEUE: Final = 1000


class Doorkeeper(UserManager):  # type: ignore[misc]  # the package is not type-checked here
    """Lets in whose certificate lies in the folder of trusted clients; on loopback without security, all.

    The certificate is that of the secure channel, of which the client has proved that it holds the key.

    Parameters
    ----------
    folder : str
        Of certificates; empty without security. It is read for each new session: who is taken out of it
        cannot come again.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def get_user(
        self,
        iserver: InternalServer,
        username: str | None = None,
        password: str | None = None,
        certificate: Any = None,
    ) -> User | None:
        """Return who a client is; None for nobody."""
        if not self._folder:
            return User(UserRole.User)
        if certificate and bytes(certificate) in trusted(self._folder) and is_current(bytes(certificate)):
            return User(UserRole.User)
        return None


class BoundedSession(InternalSession):  # type: ignore[misc]  # the package is not type-checked here
    """A client's session: what it asks at a time is bounded."""

    async def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        """Read at most a thousand values."""
        _check_count(params.NodesToRead)
        found: list[Any] = await super().read(params)
        return found

    async def write(self, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Write at most a thousand values."""
        _check_count(params.NodesToWrite)
        found: list[Any] = await super().write(params)
        return found

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        """Call at most sixteen methods."""
        _check_count(params, 16)
        found: list[Any] = await super().call(params)
        return found

    async def create_subscription(
        self, params: ua.CreateSubscriptionParameters, callback: Any, request_callback: Any = None
    ) -> ua.CreateSubscriptionResult:
        """Publish no faster than fifty times a second."""
        wanted = params.RequestedPublishingInterval
        params.RequestedPublishingInterval = wanted if wanted > _MIN_INTERVAL_MS else _MIN_INTERVAL_MS
        return await super().create_subscription(params, callback, request_callback)

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """Watch at most ten thousand things, all clients together."""
        _check_count(params.ItemsToCreate)
        subscriptions = self.subscription_service.subscriptions.values()
        watched = sum(len(each.monitored_item_srv._monitored_items) for each in subscriptions)
        if watched + len(params.ItemsToCreate) > MAX_ITEMS:
            raise ServiceError(ua.StatusCodes.BadTooManyMonitoredItems)
        found: list[Any] = await super().create_monitored_items(params)
        return found


class BoundedServer(InternalServer):  # type: ignore[misc]  # the package is not type-checked here
    """The part of the server that makes sessions."""

    def create_session(self, name: str, user: User | None = None, external: bool = False) -> InternalSession:
        """Make a session whose requests are bounded."""
        nobody = User(role=UserRole.Anonymous)
        return BoundedSession(
            self, self.aspace, self.subscription_service, name, user=user or nobody, external=external
        )

    def lookup_external_session(self, auth_token: ua.NodeId) -> None:
        """Hand nobody's session to another connection: its number can be guessed."""
        return

    def register_server(self, server: Any, conf: Any = None) -> None:
        """Refuse to be a directory of servers, which anybody could fill."""
        raise ServiceError(ua.StatusCodes.BadServiceUnsupported)


async def make_server(address: "Address") -> Server:
    """Make a server that does not listen yet.

    Parameters
    ----------
    address : Address
        Where, and with which certificates.

    Raises
    ------
    BridgeError
        A certificate or key that cannot be used.
    """
    # its lines about clients' mistakes are no business of who watches this process
    logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
    inner = BoundedServer(user_manager=Doorkeeper(address.clients))
    inner.bind_condition_methods = True
    inner.max_connections, inner.max_subscriptions = address.sessions, MAX_SUBSCRIPTIONS
    inner.max_monitored_item_queue_size = inner.max_unacked_messages_per_subscription = _QUEUE
    inner.max_pending_messages_per_connection = 2 * MAX_MESSAGE // _CHUNK
    server = Server(iserver=inner)
    server.limits.max_message_size, server.limits.max_chunk_count = MAX_MESSAGE, MAX_MESSAGE // _CHUNK + 1
    server.name = server.manufacturer_name = "contraspec"
    server.product_uri = "urn:contraspec"
    server.application_type = ua.ApplicationType.Server
    await server.init()
    host = f"[{address.host}]" if ":" in address.host else address.host
    server.set_endpoint(f"opc.tcp://{host}:{address.port}{address.path}")
    server.set_identity_tokens([ua.AnonymousIdentityToken])
    await _secure(server, address)
    return server


async def _secure(server: Server, address: "Address") -> None:
    if not address.is_secured:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        await server.set_application_uri("urn:contraspec:opcua")
        return
    certificate, key, uri = read_pair(address)
    server.iserver.certificate, server.iserver.private_key = certificate, key
    server.set_security_policy(
        [
            ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
            ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
            ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
        ]
    )
    await server.set_application_uri(uri or "urn:contraspec:opcua")


async def watch_connections(server: Server) -> None:
    """End connections that send endless chunks or do not take what they asked for; for ever."""
    while True:
        await asyncio.sleep(0.5)
        for client in tuple(server.bserver.clients) if server.bserver else ():
            transport = client.transport
            if transport is None:
                continue
            unsent = transport.get_write_buffer_size()
            if unsent > _MAX_UNSENT or len(client._buffer) > 2 * MAX_MESSAGE:
                transport.abort()


def _check_count(asked: "list[Any] | None", most: int = _MAX_PER_CALL) -> None:
    if asked is not None and len(asked) > most:
        raise ServiceError(ua.StatusCodes.BadTooManyOperations)
