"""The server: listens, takes clients in, looks after the libraries, and ends in order."""

import asyncio
import contextlib
import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from spectra.errors import BridgeError

from . import replies
from .access import Tls, check_access, is_loopback, tls_context
from .channels import Channel, SocketChannel, StandardChannel
from .monitor import Monitor
from .peers.peer import keep_running
from .session import Limits, ServerSide, Session

if TYPE_CHECKING:
    from .desk import Desk, Reload
    from .framing import Framing
    from .peers.peer import Peer
    from .watching import Changes

Say = Callable[[str], None]
_OWNER_ONLY: Final = 0o600
_TELLING_S: Final = 1.0
_LEAVING_S: Final = 5.0


@dataclass(frozen=True)
class Listening:
    """Where and how clients come.

    Attributes
    ----------
    stdio : bool
        One client: the parent process.
    tcp : tuple or None
        Host and port; port 0 for any that is free.
    unix : str or None
        Path of a socket.
    metrics : tuple or None
        Host and port for HTTP monitors, on this machine only.
    tls : Tls or None
        Encrypts TCP.
    framing : str
        ``auto``, ``json`` or ``msgpack``.
    connections : int
        Clients at a time; one more takes the place of the client that was silent longest.
    reload_s : float
        Seconds between looks at the library files; 0 for none.
    grace_s : float
        Seconds that requests in flight have at the end.
    peers : tuple of Peer
        Other systems, each in its own protocol.
    """

    stdio: bool = False
    tcp: tuple[str, int] | None = None
    unix: str | None = None
    metrics: tuple[str, int] | None = None
    tls: Tls | None = None
    framing: "Framing | Literal['auto']" = "auto"
    connections: int = 64
    reload_s: float = 2.0
    grace_s: float = 10.0
    peers: "tuple[Peer, ...]" = ()


class Server:
    """A bridge.

    Parameters
    ----------
    desk : Desk
        Who answers.
    listening : Listening
        Where and how clients come.
    limits : Limits
        What each may do.
    changes : Changes or None
        Of the library files.
    say : callable
        Takes a line for whoever watches the process.
    """

    def __init__(
        self, desk: "Desk", listening: Listening, *, limits: Limits, changes: "Changes | None", say: Say
    ) -> None:
        self._desk, self._listening, self._limits = desk, listening, limits
        self._changes, self._say = changes, say
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._numbers = 0
        self._parent: Session | None = None
        self._stop = asyncio.Event()
        self.addresses: dict[str, str] = {}

    async def run(self) -> None:
        """Serve until told to stop.

        Raises
        ------
        BridgeError
            An address that cannot be listened on, or that anybody could reach.
        """
        servers = await self._listen()
        watch = asyncio.create_task(self._look_after())
        peers = [
            asyncio.create_task(keep_running(each, self._desk, self._say)) for each in self._listening.peers
        ]
        try:
            with _signals(asyncio.get_running_loop(), self.stop):
                self._say("ready")
                await self._stop.wait()
                await self._end(servers)
        finally:
            watch.cancel()
            await _goodbye(peers)
            if self._listening.unix:
                with contextlib.suppress(OSError):
                    os.unlink(self._listening.unix)

    def stop(self) -> None:
        """End in order: what is in flight is answered first."""
        self._stop.set()

    async def _listen(self) -> list[asyncio.Server]:
        ask, servers = self._listening, []
        try:
            if ask.tcp:
                check_access(ask.tcp[0], self._limits.token, ask.tls)
                context = tls_context(ask.tls) if ask.tls else None
                slowest = self._limits.message_s if ask.tls else None
                servers.append(
                    await asyncio.start_server(
                        self._take_in, *ask.tcp, ssl=context, ssl_handshake_timeout=slowest
                    )
                )
                self._announce("tcp", servers[-1])
            if ask.unix:
                servers.append(await self._listen_unix(ask.unix))
            if ask.metrics:
                if not is_loopback(ask.metrics[0]):
                    raise BridgeError(f"metrics on {ask.metrics[0]}: expected an address of this machine")
                monitor = Monitor(self._prometheus, lambda: self._desk.health("", len(self._sessions)))
                servers.append(await asyncio.start_server(monitor.serve, *ask.metrics))
                self._announce("metrics", servers[-1])
        except OSError as error:
            raise BridgeError(f"cannot listen: {error}; choose another address") from error
        if ask.stdio:
            self._parent = self._begin(StandardChannel())
            self._sessions[self._parent].add_done_callback(lambda _: self.stop())
        return servers

    async def _listen_unix(self, path: str) -> asyncio.Server:
        if not hasattr(asyncio, "start_unix_server"):
            raise BridgeError("this system has no Unix sockets: use --tcp 127.0.0.1:PORT")
        if await _is_alive(path):
            raise BridgeError(f"{path}: another process listens there")
        before = os.umask(0o177)  # the socket is its owner's from the first moment on
        try:
            server = await asyncio.start_unix_server(self._take_in, path)
        finally:
            os.umask(before)
        os.chmod(path, _OWNER_ONLY)
        self.addresses["unix"] = path
        self._say(f"listening on unix:{path}")
        return server

    def _announce(self, kind: str, server: asyncio.Server) -> None:
        host, port = server.sockets[0].getsockname()[:2]
        self.addresses[kind] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._say(f"listening on {kind}://{self.addresses[kind]}")

    async def _take_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._sessions) >= self._listening.connections and not self._displace():
            writer.close()
            return
        self._desk.metrics.count("connections_total")
        await asyncio.wait({self._sessions[self._begin(SocketChannel(reader, writer))]})

    def _displace(self) -> bool:
        """Have the client leave that waits for nothing and was silent longest, if there is one."""
        idle = [each for each in self._sessions if each.idle and each is not self._parent]
        if not idle:
            return False
        silent = min(idle, key=lambda each: each.last_active)
        self._sessions.pop(silent)
        silent.end()
        return True

    def _begin(self, channel: Channel) -> Session:
        self._numbers += 1
        session = Session(
            channel,
            self._desk,
            self._limits,
            name=f"connection {self._numbers}",
            framing=self._listening.framing,
            server=ServerSide(lambda: len(self._sessions), self._reload),
        )
        task = asyncio.create_task(session.run())
        self._sessions[session] = task
        task.add_done_callback(lambda _: self._sessions.pop(session, None))
        return session

    async def _look_after(self) -> None:
        """Load libraries anew that were replaced."""
        while self._changes is not None and self._listening.reload_s > 0:
            await asyncio.sleep(self._listening.reload_s)
            if await asyncio.to_thread(self._changes.look):
                done = await self._reload()
                told = replies.reloaded(None, done.ok, done.message, self._desk.libraries)
                everybody = (each.tell(told) for each in tuple(self._sessions))
                await asyncio.gather(*everybody, return_exceptions=True)

    async def _reload(self) -> "Reload":
        done = await self._desk.reload()
        names = ", ".join(f"{each['name']} {each['sha256'][:12]}" for each in self._desk.libraries)
        self._say(f"libraries loaded anew: {names}" if done.ok else f"not loaded anew: {done.message}")
        return done

    async def _end(self, servers: list[asyncio.Server]) -> None:
        self._say("stopping")
        for server in servers:
            server.close()
        sessions = dict(self._sessions)
        told = (each.tell(replies.stopping()) for each in sessions)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TELLING_S):
                await asyncio.gather(*told, return_exceptions=True)
        for session in sessions:
            session.end()
        if sessions:
            _, late = await asyncio.wait(sessions.values(), timeout=self._listening.grace_s)
            for task in late:
                task.cancel()
        await self._desk.close(self._listening.grace_s)
        self._say("stopped")

    def _prometheus(self) -> str:
        return self._desk.prometheus(len(self._sessions))


async def _goodbye(peers: list[asyncio.Task[None]]) -> None:
    """Let each peer take its leave of the other side, within a while."""
    for peer in peers:
        peer.cancel()
    if peers:
        await asyncio.wait(peers, timeout=_LEAVING_S)


async def _is_alive(path: str) -> bool:
    """Whether a process listens at a path; what a dead one left there goes away."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise BridgeError(f"{path}: is a file and no socket; choose another path")
        _, writer = await asyncio.open_unix_connection(path)
    except FileNotFoundError:
        return False
    except ConnectionRefusedError:
        os.unlink(path)
        return False
    writer.close()
    return True


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> Iterator[None]:
    """Stop in order on Ctrl-C and on a request to end, on every system."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            number = getattr(signal, name, None)
            if number is not None:
                before[number] = signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
