"""Where the port can be, and what is said when it cannot be there."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.server.conftest import StartPort
from tests.server.stand_ins import FORMAT, RawClient, hello, silence, types
from wyoming_lfm2.config.settings import ServiceSettings
from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.uri import StdioUri, TcpUri, UnixUri, parse_uri
from wyoming_lfm2.server.server import Server


@pytest.mark.parametrize(
    ("uri", "parsed"),
    [
        ("tcp://0.0.0.0:10300", TcpUri("0.0.0.0", 10300)),
        ("tcp://localhost", TcpUri("localhost", 10300)),
        ("tcp://[::1]:5", TcpUri("::1", 5)),
        ("unix:///run/lfm2.sock", UnixUri(Path("/run/lfm2.sock"))),
        ("unix:///run/with%20space", UnixUri(Path("/run/with space"))),
        ("stdio://", StdioUri()),
    ],
)
def test_a_uri_names_a_place(uri: str, parsed: TcpUri | UnixUri | StdioUri) -> None:
    assert parse_uri(uri) == parsed
    assert parse_uri(str(parsed)) == parsed or "%" in uri


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "",
            "10300",
            "0.0.0.0:10300",
            "http://x:1",
            "tcp://",
            "tcp://:10300",
            "tcp://x:99999",
            "tcp://x:ab",
        ),
        *("tcp://x:1/path", "tcp://[::1:5", "unix://", "unix:///", "unix://relative.sock", "stdio://x"),
    ],
)
def test_a_uri_that_is_none_is_refused_with_an_example(uri: str) -> None:
    with pytest.raises(ServiceError, match=r"tcp://|unix://|stdio://"):
        parse_uri(uri)


def bind_error(uri: str) -> str:
    with pytest.raises(ServiceError) as caught:
        Server(ServiceSettings(uri=uri)).bind()
    return str(caught.value)


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        uri = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        assert bind_error(uri) == (
            f"{uri}: the port is in use. Stop the other program, or choose another port with --uri"
        )


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("tcp://192.0.2.77:10300", "no such address"),
        ("tcp://no-such-host.invalid:10300", "host is not known"),
        ("unix:///no/such/folder/port.sock", "does not exist"),
        ("unix:///proc/port.sock", "another"),
        ("unix:///tmp/" + "x" * 200, "shorter"),
    ],
)
def test_a_place_that_cannot_be_had_is_said_with_what_to_do(uri: str, hint: str) -> None:
    assert hint in bind_error(uri)


def test_a_file_in_the_place_of_the_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "port.sock"
    path.write_text("precious")
    assert "not a socket" in bind_error(f"unix://{path}")
    assert path.read_text() == "precious"


async def test_a_socket_of_a_living_server_is_left_alone(start_port: StartPort, tmp_path: Path) -> None:
    uri = f"unix://{tmp_path}/port.sock"
    port = await start_port(uri)
    message = await asyncio.to_thread(bind_error, uri)
    assert "a server is listening there" in message
    await (await port.connect()).answers_ping()


async def test_a_socket_that_a_dead_server_left_behind_is_replaced(
    start_port: StartPort, tmp_path: Path
) -> None:
    path = tmp_path / "port.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    port = await start_port(f"unix://{path}")
    await (await port.connect()).answers_ping()


async def test_the_socket_is_removed_at_the_end_but_not_somebody_elses(
    start_port: StartPort, tmp_path: Path
) -> None:
    path = tmp_path / "port.sock"
    port = await start_port(f"unix://{path}")
    await port.close()
    assert not path.is_socket()
    port = await start_port(f"unix://{path}")
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        await port.close()
        assert path.is_socket()


async def test_a_port_that_is_bound_but_not_started_refuses_clients() -> None:
    """Nobody is let in while the model is loading."""
    server = Server(ServiceSettings(uri="tcp://127.0.0.1:0"))
    server.bind()
    assert isinstance(server.uri, TcpUri)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(server.uri.host, server.uri.port)
    await server.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_the_wildcard_of_ipv6_takes_ipv4_too(start_port: StartPort, host: str) -> None:
    port = await start_port("tcp://[::]:0")
    await (await port.connect(host)).answers_ping()


async def test_a_name_with_two_addresses_is_one_port(start_port: StartPort) -> None:
    port = await start_port("tcp://localhost:0")
    for host in port.server.hosts:
        await (await port.connect(host)).answers_ping()


async def test_the_port_can_be_opened_again_at_once(start_port: StartPort) -> None:
    """A restart, with connections of the last run still in TIME_WAIT."""
    port = await start_port()
    await (await port.connect()).answers_ping()
    await port.close()
    again = await start_port(port.uri)
    assert again.uri == port.uri
    await (await again.connect()).answers_ping()


async def test_stopping_lets_an_owed_transcript_out(start_port: StartPort, uri: str) -> None:
    """M3."""
    port = await start_port(uri)
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send_audio(hello())
    await port.transcriber.at_work.wait()
    stopping = asyncio.create_task(port.server.stop())
    await asyncio.sleep(0.05)
    port.transcriber.may_go_on.set()
    assert types(await client.rest())[-2:] == ["transcript", "transcript-stop"]
    await stopping


async def test_stopping_tells_a_client_whose_transcript_takes_too_long(start_port: StartPort) -> None:
    """M3."""
    port = await start_port()
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send_audio(hello())
    await port.transcriber.at_work.wait()
    stopping = asyncio.create_task(port.server.stop())
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "closed")
    await stopping
    await port.transcriber.idle.wait()


async def test_stopping_tells_a_client_that_is_still_speaking(start_port: StartPort) -> None:
    """M3."""
    port = await start_port()
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(silence(0.2))
    await client.answers_ping()
    stopping = asyncio.create_task(port.server.stop())
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "closed")
    await stopping


async def test_stopping_closes_a_client_that_wants_nothing_without_an_error(start_port: StartPort) -> None:
    """M3."""
    port = await start_port()
    client = await port.connect()
    await client.answers_ping()
    stopping = asyncio.create_task(port.server.stop())
    assert await client.rest() == []
    await stopping


async def test_stopping_does_not_wait_for_a_client_that_stopped_reading(start_port: StartPort) -> None:
    """M3; Python 3.12 waits for its transports."""
    port = await start_port()
    client = await port.connect()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]

    async def flood() -> None:
        while True:
            await client.send("ping", text="x" * 100_000)

    flooding = asyncio.create_task(flood())
    await asyncio.sleep(0.5)
    await port.server.stop()
    with pytest.raises(ConnectionError):
        await flooding


async def test_nobody_is_let_in_after_the_end(start_port: StartPort) -> None:
    """M3."""
    port = await start_port()
    assert isinstance(port.server.uri, TcpUri)
    await port.close()
    with pytest.raises(ConnectionRefusedError):
        RawClient(*await asyncio.open_connection(port.server.uri.host, port.server.uri.port))


async def test_stopping_twice_or_before_the_start_is_fine(tmp_path: Path) -> None:
    server = Server(ServiceSettings(uri=f"unix://{tmp_path}/port.sock"))
    await server.stop()
    server.bind()
    await server.stop()
    await server.stop()
