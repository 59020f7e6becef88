"""A release that expires under policy ``signed`` while a bridge runs: no peer shows that as an answer."""

import asyncio
import re
from datetime import date

import pytest
from asyncua.ua.uaerrors import UaStatusCodeError

from cli.bridge.peers import mqtt, opcua, sapient
from libraries import expiring
from libraries.embedded import Config, Embedded
from tests.commands.bridge_lab import question, running
from tests.commands.mqtt_lab import Broker, Listener, needs_broker, wait_for
from tests.commands.opcua_lab import DEVICE, MODEL, PARAMETERS, connected
from tests.commands.test_peer_sapient import Node


@pytest.fixture
def expire(monkeypatch):
    """Ends every release."""
    return lambda: monkeypatch.setattr(expiring, "_last_day", lambda _: date(2020, 2, 29))


def bridged(path, peer):
    def load():
        engine = Embedded([path])
        engine.config = Config(policy="signed")
        return engine

    return running(path, load=load, peers=(peer,))


def refused_over_tcp(bridge):
    with bridge.client() as client:
        said = client.ask(question("late", 1))
    assert (said["type"], said["error"]) == ("error", "library")


@needs_broker
def test_mqtt_publishes_an_error_and_an_unwell_status(tmp_path, bridge_path, expire):
    with (
        Broker(tmp_path) as broker,
        Listener(broker) as listener,
        bridged(bridge_path, mqtt.open_peer(broker.url())) as bridge,
    ):
        wait_for(lambda: listener.status() == "online")
        listener.ask(question("good"))
        wait_for(lambda: listener.results() == {"good"})
        expire()
        listener.ask(question("nobody's", 1))
        listener.ask(question("mine", 2), reply_to="me/answers")
        wait_for(lambda: listener.of("error") and listener.of("me/answers"))
        for said in (*listener.of("error"), *listener.of("me/answers")):
            assert (said["type"], said["error"]) == ("error", "library")
            assert "has expired" in said["message"]
        refused_over_tcp(bridge)
        wait_for(lambda: listener.of("status")[-1]["health"] == "expired_libraries")
        assert listener.results() == {"good"}


def test_sapient_reports_nothing_and_a_fault_in_the_status(bridge_path, expire):
    with Node() as node, bridged(bridge_path, sapient.open_peer(node.url())) as bridge:
        node.registered()
        with bridge.client() as client:
            assert client.ask(question("good"))["type"] == "result"
        wait_for(lambda: node.of("detection_report"))
        expire()
        refused_over_tcp(bridge)
        wait_for(lambda: node.of("status_report")[-1]["statusReport"]["system"] == "SYSTEM_WARNING")
        (worry,) = node.of("status_report")[-1]["statusReport"]["status"]
        assert worry["statusValue"].startswith("expired_libraries: ")
        assert len(node.of("detection_report")) == 1


def test_opcua_refuses_the_call_shows_no_value_and_asks_for_maintenance(bridge_path, expire):
    async def ask(url):
        async with connected(url) as analyser:
            assert len(await analyser.identify(question("good"))) == 6
            assert await analyser.value(f"{DEVICE}.DeviceHealth") == 0
            expire()
            with pytest.raises(UaStatusCodeError, match="BadConfigurationError"):
                await analyser.identify(question("late", 1))
            for name in ("Verdict", "Alert", "Probability", "Substances", "NextAction"):
                assert await analyser.status(f"{MODEL}.{name}") == "BadNoData"
            assert await analyser.status(f"{PARAMETERS}.Result") == "BadNoData"
            assert re.match(r"library: .*has expired", await analyser.value(f"{PARAMETERS}.LastError"))
            await analyser.until(f"{DEVICE}.DeviceHealth", 4)

    with bridged(bridge_path, opcua.open_peer("opc.tcp://127.0.0.1:0")) as bridge:
        wait_for(lambda: any("listening on opc.tcp" in line for line in bridge.said))
        (line,) = [line for line in bridge.said if "opc.tcp" in line]
        asyncio.run(ask(line.split()[-1]))
