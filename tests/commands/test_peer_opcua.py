"""``contraspec serve --opcua``: a process that a real OPC UA client asks, listens to and plagues."""

import asyncio
import json
import math
import os
import re
import shutil
import socket
import struct

import pytest
from asyncua import Client, ua
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from cli.bridge.peers.opcua_address import parse_url
from cli.bridge.peers.opcua_outputs import ALARM, NORMAL, WARNING, values_of
from spectra.errors import BridgeError
from tests.architecture.tree import run_python
from tests.commands import bridge_lab
from tests.commands.bridge_lab import N, question, record_without_name
from tests.commands.opcua_lab import (
    CHANNEL,
    CONTROLLED,
    DEVICE,
    MODEL,
    PARAMETERS,
    STREAM,
    Heard,
    arguments_of,
    connected,
    make_certificate,
    rename_library,
    served,
    write_watched_library,
)

IDENTIFY = f"{CHANNEL}.MethodSet.Identify"
ALARM_NODE = f"{STREAM}.SubstanceAlarm"
STATE = f"{CHANNEL}.ChannelStateMachine.OperatingSubStateMachine.CurrentState"
COUNTER = f"{PARAMETERS}.AcquisitionCounter"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_watched_library(tmp_path_factory.mktemp("opcua") / "lab.h5")


@pytest.fixture(scope="module")
def running(path):
    """One bridge for the tests that leave it as it was."""
    with served(
        *("-l", path, "--opcua", "opc.tcp://127.0.0.1:0?sessions=8", "--tcp", "127.0.0.1:0"),
        *("--reload-every", "0.2", "--metrics", "127.0.0.1:0"),
    ) as (process, addresses):
        yield process, addresses


@pytest.fixture
def url(running):
    """Address of the analyser, which is as after its start but for its counters."""
    address = running[1]["opc.tcp"]

    async def reset():
        async with connected(address) as analyser:
            await analyser.call(f"{CHANNEL}.MethodSet.Reset")

    asyncio.run(reset())
    return address


def refused(*args):
    done = run_python("-m", "cli", "serve", *map(str, args))
    return done.returncode, done.stderr


class TestAnswers:
    def test_are_those_of_the_bridge_itself(self, running, url):
        asked = [question(f"a{number}", number) for number in range(N)]
        with bridge_lab.Client(running[1]["tcp"]) as client:
            own = [client.ask({**each, "id": f"tcp {each['id']}"})["result"] for each in asked]

        async def ask():
            async with connected(url) as analyser:
                for each, expected in zip(asked, own, strict=True):
                    result, verdict, alert, probability, substances, action = await analyser.identify(each)
                    record = json.loads(result)
                    assert record["file"] == each["id"]
                    assert record_without_name({"result": record}) == {**expected, "file": ""}
                    assert (verdict, alert, action) == tuple(
                        expected[name] for name in ("verdict", "alert", "next_action")
                    )
                    assert math.isnan(probability) is (expected["probability"] is None)
                    assert substances == [one["name"] for one in expected["substances"]]
                    assert json.loads(await analyser.value(f"{PARAMETERS}.Result")) == record
                    assert await analyser.value(f"{PARAMETERS}.SampleId") == each["id"]
                    assert await analyser.value(f"{MODEL}.Verdict") == verdict

        asyncio.run(ask())

    def test_of_other_ways_are_shown_with_their_spectrum_quality_and_origin(self, running, url):
        with bridge_lab.Client(running[1]["tcp"]) as client:
            asked = question("by tcp", 1)
            expected = client.ask(asked)["result"]

        async def look():
            async with connected(url) as analyser:
                await analyser.until(f"{PARAMETERS}.SampleId", "by tcp")
                read, quality, origin = analyser.value, expected["quality"], expected["provenance"]
                assert await read(f"{PARAMETERS}.ScaledData") == pytest.approx(asked["intensity"])
                axis = await read(f"{PARAMETERS}.ScaledData.XAxisDefinition")
                assert axis.AxisSteps == pytest.approx(asked["axis"])
                assert await read(f"{MODEL}.SignalToNoise") == quality["snr"]
                assert await read(f"{MODEL}.Saturated") == quality["saturated"]
                assert await read(f"{MODEL}.Coverage") == quality["coverage"]
                assert await read(f"{MODEL}.Reasons") == expected["reasons"]
                assert await read(f"{PARAMETERS}.EngineVersion") == origin["engine"]
                assert await read(f"{PARAMETERS}.PipelineFingerprint") == origin["pipeline"]
                assert await read(f"{PARAMETERS}.ConfigFingerprint") == origin["config"]
                prints = await read(f"{PARAMETERS}.LibraryFingerprints")
                assert prints == [each["sha256"] for each in origin["library"]]
                times = [
                    (await analyser.read(each)).SourceTimestamp
                    for each in (COUNTER, f"{MODEL}.Verdict", f"{MODEL}.Alert", f"{PARAMETERS}.Result")
                ]
                assert len(set(times)) == 1

        asyncio.run(look())

    def test_a_probability_that_is_none_is_a_bad_status_and_never_a_number(self, url):
        async def ask():
            async with connected(url) as analyser:
                result, *_ = await analyser.identify(question("uncalibrated", 2))
                assert json.loads(result)["probability"] is None
                found = await analyser.read(f"{MODEL}.Probability")
                assert found.StatusCode.name == "BadNoData"
                assert found.Value.Value is None

        asyncio.run(ask())

    def test_a_spectrum_that_was_written_is_judged_once_by_the_trigger(self, url):
        asked = question("written", 4)

        async def write():
            async with connected(url) as analyser:
                start = f"{CHANNEL}.MethodSet.StartSingleAcquisition"
                cycle = [
                    ua.Variant(16, ua.VariantType.Int32),
                    ua.Variant(0, ua.VariantType.UInt32),
                    "Stream1",
                ]
                with pytest.raises(UaStatusCodeError, match="BadInvalidState"):
                    await analyser.call(start, *cycle)  # no spectrum yet
                place, before = f"{PARAMETERS}.ScaledSpectrum", await analyser.value(COUNTER)
                information = ua.AxisInformation(AxisSteps=asked["axis"])
                await analyser.node(f"{place}.XAxisDefinition").write_value(information)
                await analyser.node(place).write_value(ua.Variant(asked["intensity"], ua.VariantType.Double))
                await analyser.node(f"{PARAMETERS}.NextSampleId").write_value("parcel 7")
                await analyser.call(start, *cycle)
                await analyser.until(COUNTER, before + 1)
                assert await analyser.value(f"{PARAMETERS}.SampleId") == "parcel 7"
                assert await analyser.value(f"{MODEL}.Substances") == ["substance 4"]
                assert await analyser.value(f"{PARAMETERS}.AcquisitionResultStatus") == 1
                assert await analyser.status(place) == "BadWaitingForInitialData"
                with pytest.raises(UaStatusCodeError, match="BadInvalidState"):
                    await analyser.call(start, *cycle)  # it is used up

        asyncio.run(write())


class TestSubscriptions:
    def test_every_result_comes_and_the_same_answer_twice_too(self, running, url):
        async def listen():
            async with connected(url) as analyser:
                heard = Heard()
                subscription = await analyser.client.create_subscription(50, heard)
                await subscription.subscribe_data_change(analyser.node(f"{PARAMETERS}.Result"), queuesize=100)
                await subscription.subscribe_events(
                    ua.ObjectIds.Server, analyser.node("ResultEventType").nodeid, queuesize=100
                )
                names = [f"s{number}" for number in range(12)]
                with bridge_lab.Client(running[1]["tcp"]) as client:
                    for name in names:
                        await asyncio.to_thread(client.ask, question(name, 5))
                await heard.wait(lambda one: len(one.events) >= len(names))
                assert [event.SampleId for event in heard.events] == names
                assert {event.Verdict for event in heard.events} == {
                    json.loads(heard.events[0].Result)["verdict"]
                }
                assert heard.events[0].Probability is None
                shown = [json.loads(value)["file"] for value in heard.values if value]
                assert [name for name in shown if name in names] == names

        asyncio.run(listen())

    def test_an_alert_raises_the_alarm_until_acknowledged_and_followed_by_none(self, url):
        async def listen():
            async with connected(url) as analyser:
                heard = Heard()
                subscription = await analyser.client.create_subscription(50, heard)
                alarm = analyser.node("SubstanceAlarmType").nodeid
                await subscription.subscribe_events(ua.ObjectIds.Server, alarm, queuesize=100)
                assert (await analyser.identify(question("hot", CONTROLLED)))[2] is True
                await heard.wait(lambda one: one.events)
                event = heard.events[-1]
                assert event.Retain
                assert event.Severity == 900
                assert event.SampleId == "hot"
                assert getattr(event, "ActiveState/Id") is True
                assert getattr(event, "AckedState/Id") is False
                assert await analyser.value(f"{PARAMETERS}.Alarm") is True
                assert await analyser.value(f"{MODEL}.Alert.AlarmState") == ALARM

                late = Heard()  # who connects later asks for what is retained
                second = await analyser.client.create_subscription(50, late)
                await second.subscribe_events(ua.ObjectIds.Server, alarm, queuesize=100)
                await analyser.client.get_node(ua.ObjectIds.ConditionType).call_method(
                    "0:ConditionRefresh", ua.Variant(second.subscription_id, ua.VariantType.UInt32)
                )
                await late.wait(lambda one: [each.SampleId for each in one.events] == ["hot"])

                await analyser.identify(question("harmless", 0))
                assert await analyser.value(f"{MODEL}.Alert") is False
                assert await analyser.value(f"{PARAMETERS}.Alarm") is True  # nobody has seen it yet
                acknowledge, note = f"{ALARM_NODE}.Acknowledge", ua.LocalizedText("seen")
                with pytest.raises(UaStatusCodeError, match="BadEventIdUnknown"):
                    await analyser.call(acknowledge, event.EventId, note)  # of a state that has changed
                await heard.wait(lambda one: len(one.events) == 2)
                await analyser.call(acknowledge, heard.events[-1].EventId, note)
                assert await analyser.value(f"{PARAMETERS}.Alarm") is False
                assert await analyser.value(f"{ALARM_NODE}.Retain") is False
                await heard.wait(lambda one: len(one.events) == 3)
                assert not heard.events[-1].Retain

        asyncio.run(listen())


class TestNothingLooksCurrent:
    def test_what_is_unusable_has_no_alert_no_substance_and_no_probability(self, url):
        asked = question("dark")
        asked["intensity"] = [0.0] * len(asked["axis"])

        async def ask():
            async with connected(url) as analyser:
                await analyser.identify(question("good", 0))
                _, verdict, *_ = await analyser.identify(asked)
                assert verdict == "unusable"
                for name in ("Alert", "Probability", "Substances", "SubstanceIds"):
                    assert await analyser.status(f"{MODEL}.{name}") == "BadNoData"
                assert await analyser.value(f"{MODEL}.Verdict") == "unusable"
                assert await analyser.value(f"{MODEL}.Verdict.AlarmState") == WARNING
                assert await analyser.value(f"{PARAMETERS}.AcquisitionResultStatus") == 2

        asyncio.run(ask())

    @pytest.mark.parametrize("way", ["tcp", "opc.tcp"])
    def test_after_an_error_whoever_asked_all_values_are_bad(self, running, url, way):
        wrong = {**question(f"wrong {way}"), "axis": [1.0, 2.0], "intensity": [1.0]}

        async def ask():
            async with connected(url) as analyser:
                await analyser.identify(question(f"before {way}", 0))
                before = await analyser.value(COUNTER)
                if way == "tcp":
                    with bridge_lab.Client(running[1]["tcp"]) as client:
                        assert client.ask(wrong)["type"] == "error"
                else:
                    with pytest.raises(UaStatusCodeError, match="BadInvalidArgument"):
                        await analyser.identify(wrong)
                await analyser.until(COUNTER, before + 1)
                for name in ("Verdict", "Alert", "Probability", "Substances", "NextAction"):
                    assert await analyser.status(f"{MODEL}.{name}") == "BadNoData"
                assert await analyser.status(f"{PARAMETERS}.Result") == "BadNoData"
                assert (await analyser.value(f"{PARAMETERS}.LastError")).startswith("damaged: ")

        asyncio.run(ask())

    def test_a_reset_and_a_stop(self, url):
        async def ask():
            async with connected(url) as analyser:
                await analyser.identify(question("r", 0))
                await analyser.call(f"{CHANNEL}.MethodSet.Reset")
                assert await analyser.status(f"{MODEL}.Verdict") == "BadWaitingForInitialData"
                await analyser.call(f"{DEVICE}.MethodSet.StopAllChannels")
                assert (await analyser.value(STATE)).Text == "Stopped"
                with pytest.raises(UaStatusCodeError, match="BadInvalidState"):
                    await analyser.identify(question("stopped", 0))
                with pytest.raises(UaStatusCodeError, match="BadNotSupported"):
                    await analyser.call(f"{CHANNEL}.MethodSet.Hold")
                await analyser.call(f"{CHANNEL}.MethodSet.Reset")
                assert (await analyser.value(STATE)).Text == "Idle"
                assert (await analyser.identify(question("again", 0)))[1] == "match"

        asyncio.run(ask())


async def rob(analyser, url):
    """Try to have a client's session over a channel of one's own: its number is easily guessed."""
    other = Client(url, timeout=10)
    await other.connect_socket()
    try:
        await other.send_hello()
        await other.open_secure_channel()
        other.uaclient.session.restore_authentication_token(
            analyser.client.uaclient.session.authentication_token
        )
        wanted = ua.ActivateSessionParameters()
        wanted.UserIdentityToken = ua.AnonymousIdentityToken()
        with pytest.raises(UaStatusCodeError, match="BadSessionIdInvalid"):
            await other.uaclient.activate_session(wanted)
        with pytest.raises(UaError):
            await other.nodes.server_state.read_value()
    finally:
        other.disconnect_socket()


def garbage():
    """Arguments of ``Identify`` that are none."""
    good = arguments_of(question("garbage"))
    kind = ua.VariantType
    for place, wrong in (
        (0, ua.Variant("axis", kind.String)),
        (0, ua.Variant([], kind.Double, is_array=True)),
        (0, ua.Variant(1.0, kind.Double)),
        (1, ua.Variant([True, False], kind.Boolean)),
        (1, ua.Variant([[1.0, 2.0], [3.0, 4.0]], kind.Double)),
        (1, ua.Variant([0.0] * 65_537, kind.Double)),
        (1, ua.Variant(None, kind.Null)),
        (2, ua.Variant("{", kind.String)),
        (2, ua.Variant("[" * 50_000, kind.String)),
        (2, ua.Variant('{"a": [1]}', kind.String)),
        (2, ua.Variant(3, kind.Int32)),
        (3, ua.Variant("tasting", kind.String)),
        (4, ua.Variant("miles", kind.String)),
        (5, ua.Variant(-1.0, kind.Double)),
        (5, ua.Variant(math.nan, kind.Double)),
        (6, ua.Variant("x" * 129, kind.String)),
        (6, ua.Variant(["a"], kind.String)),
    ):
        yield [*good[:place], wrong, *good[place + 1 :]]
    yield good[:-1]
    yield [*good, good[0]]
    yield []


class TestGarbage:
    def test_arguments_are_refused_and_nothing_ends(self, url):
        async def ask():
            async with connected(url) as analyser:
                for arguments in garbage():
                    with pytest.raises(UaStatusCodeError, match="BadInvalidArgument"):
                        await analyser.call(IDENTIFY, *arguments)
                    assert await analyser.status(f"{MODEL}.Verdict") in (
                        "BadNoData",
                        "BadWaitingForInitialData",
                    )
                assert (await analyser.identify(question("after garbage", 0)))[1] == "match"

        asyncio.run(ask())

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("ScaledSpectrum", ua.Variant(1.0, ua.VariantType.Double)),
            ("ScaledSpectrum.XAxisDefinition", ua.Variant(ua.Range(1.0, 2.0))),
            ("NextSampleId", ua.Variant(["a", "b"], ua.VariantType.String)),
            ("Metadata", ua.Variant("no json", ua.VariantType.String)),
            ("DeadlineMs", ua.Variant(-math.inf, ua.VariantType.Double)),
        ],
    )
    def test_inputs_are_refused_by_the_trigger_and_gone_after_it(self, url, name, value):
        asked = question("unused", 4)

        async def write(analyser):
            information = ua.AxisInformation(AxisSteps=asked["axis"])
            await analyser.node(f"{PARAMETERS}.ScaledSpectrum.XAxisDefinition").write_value(information)
            await analyser.node(f"{PARAMETERS}.ScaledSpectrum").write_value(
                ua.Variant(asked["intensity"], ua.VariantType.Double)
            )

        async def ask():
            async with connected(url) as analyser:
                await write(analyser)
                await analyser.node(f"{PARAMETERS}.{name}").write_value(value)
                with pytest.raises(UaStatusCodeError, match="BadInvalidArgument"):
                    await analyser.call(f"{CHANNEL}.MethodSet.Start")
                before = await analyser.value(COUNTER)
                await write(analyser)
                await analyser.call(f"{CHANNEL}.MethodSet.Start")
                await analyser.until(COUNTER, before + 1)
                assert await analyser.value(f"{MODEL}.Substances") == ["substance 4"]

        asyncio.run(ask())

    def test_bytes_that_are_no_opc_ua_end_their_connection_at_most(self, url):
        host, port = re.search(r"//([\d.]+):(\d+)", url).groups()
        for data in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"HELF" + struct.pack("<I", 0),
            b"MSGF" + struct.pack("<I", 2**32 - 1) + b"x" * 1000,
            os.urandom(5000),
            b"OPNF" + struct.pack("<II", 100, 1) + os.urandom(88),
        ):
            with socket.create_connection((host, int(port)), timeout=10) as one:
                one.sendall(data)

        async def ask():
            async with connected(url) as analyser:
                assert (await analyser.identify(question("after bytes", 0)))[1] == "match"

        asyncio.run(ask())


class TestLimits:
    def test_clients_write_nothing_but_the_inputs(self, url):
        async def ask():
            async with connected(url) as analyser:
                inputs = {
                    *(f"{PARAMETERS}.{name}" for name in ("ScaledSpectrum", "NextSampleId", "Metadata")),
                    *(f"{PARAMETERS}.{name}" for name in ("Technique", "AxisUnit", "DeadlineMs")),
                    f"{PARAMETERS}.ScaledSpectrum.XAxisDefinition",
                }
                writable, seen, todo = set(), set(), [analyser.client.nodes.objects]
                while todo:
                    node = todo.pop()
                    if node.nodeid in seen:
                        continue
                    seen.add(node.nodeid)
                    todo += await node.get_children()
                    level = await node.read_attribute(
                        ua.AttributeIds.UserAccessLevel, raise_on_bad_status=False
                    )
                    if level.StatusCode.is_good() and level.Value.Value & 2:
                        writable.add(str(node.nodeid.Identifier))
                assert len(seen) > 200
                assert writable == inputs
                for place in (f"{MODEL}.Verdict", f"{MODEL}.Alert", f"{PARAMETERS}.Alarm"):
                    with pytest.raises(UaStatusCodeError, match="BadUserAccessDenied"):
                        await analyser.node(place).write_value(ua.Variant("clear", ua.VariantType.String))
                with pytest.raises(UaError):
                    await analyser.node(DEVICE).add_variable(analyser.index, "mine", 1)
                with pytest.raises(UaError):
                    await analyser.node(STREAM).delete()
                assert await analyser.status(f"{MODEL}.Verdict") == "BadWaitingForInitialData"

        asyncio.run(ask())

    def test_one_client_cannot_take_another_ones_session(self, url):
        async def ask():
            async with connected(url) as analyser:
                await rob(analyser, url)
                assert await analyser.value(f"{DEVICE}.ParameterSet.QueueSize") == 64

        asyncio.run(ask())


def test_many_clients_come_and_go_and_the_memory_stays(running, url):
    def resident():
        with open(f"/proc/{running[0].pid}/statm") as file:
            return int(file.read().split()[1]) * 4096

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("no /proc here")

    async def come_and_go(n):
        for _ in range(n):
            async with connected(url) as analyser:
                subscription = await analyser.client.create_subscription(50, Heard())
                await subscription.subscribe_data_change(analyser.node(f"{MODEL}.Verdict"))

    asyncio.run(come_and_go(10))
    before = resident()
    asyncio.run(come_and_go(30))
    assert resident() - before < 8_000_000


def test_a_new_library_shows_its_fingerprint_and_counts_up(running, url, path):
    async def look():
        async with connected(url) as analyser:
            place = f"{DEVICE}.ParameterSet"
            before = await analyser.value(f"{place}.LoadedLibraryFingerprints")
            digest = await analyser.call(f"{DEVICE}.MethodSet.GetConfigDataDigest")
            revision = await analyser.value(f"{DEVICE}.RevisionCounter")
            beat = await analyser.value(f"{place}.Heartbeat")
            rename_library(path, "newer")
            await analyser.until(f"{place}.LoadedLibraryNames", ["newer"])
            fresh = await analyser.value(f"{place}.LoadedLibraryFingerprints")
            assert fresh != before
            await analyser.until(f"{DEVICE}.RevisionCounter", revision + 1)
            assert not await analyser.call(f"{DEVICE}.MethodSet.CompareConfigDataDigest", digest)
            assert json.loads(await analyser.value(MODEL))["libraries"][0]["sha256"] == fresh[0]
            await analyser.identify(question("newer", 0))
            assert await analyser.value(f"{PARAMETERS}.LibraryFingerprints") == fresh
            assert await analyser.value(f"{place}.Heartbeat") > beat
            assert await analyser.value(f"{DEVICE}.DeviceHealth") == 0
            path.write_bytes(b"no library any more")
            await analyser.until(f"{DEVICE}.DeviceHealth", 4)
            assert await analyser.value(f"{place}.LastReloadOk") is False

    kept = path.read_bytes()
    asyncio.run(look())
    path.write_bytes(kept)


def test_a_killed_one_answers_the_same_after_its_restart_and_an_ended_one_says_so(path, tmp_path):
    mine = write_watched_library(tmp_path / "lab.h5")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"opc.tcp://127.0.0.1:{free.getsockname()[1]}/line"
    answers = []

    async def ask(end):
        async with connected(address) as analyser:
            assert await analyser.status(f"{MODEL}.Verdict") == "BadWaitingForInitialData"
            answers.append((await analyser.identify(question("k", 6)))[0])
            heard = Heard()
            subscription = await analyser.client.create_subscription(50, heard)
            await subscription.subscribe_data_change(analyser.node(f"{MODEL}.Verdict"))
            await heard.wait(lambda one: one.values)
            await asyncio.to_thread(end, heard)
            if heard.statuses[-1] != "BadOutOfService":
                await heard.wait(lambda one: one.statuses[-1] == "BadOutOfService")

    with served("-l", mine, "--opcua", address) as (process, _):

        async def once():
            async with connected(address) as analyser:
                answers.append((await analyser.identify(question("k", 6)))[0])

        asyncio.run(once())
        process.kill()
        process.wait(20)
    with served("-l", mine, "--opcua", address) as (process, _):
        asyncio.run(ask(lambda heard: process.terminate()))
        assert process.wait(20) == 0
    assert answers[0] == answers[1]


class TestSecurity:
    def test_only_known_certificates_over_an_encrypted_channel(self, path, tmp_path):
        mine = write_watched_library(tmp_path / "lab.h5")
        clients = tmp_path / "trusted clients"
        clients.mkdir()
        server = make_certificate(tmp_path, "server", "urn:lab:server")
        known = make_certificate(tmp_path, "known", "urn:lab:client")
        stranger = make_certificate(tmp_path, "stranger", "urn:lab:client")
        late = make_certificate(tmp_path, "late", "urn:lab:client", days=-1)
        for each in (known, late):
            shutil.copy(each[0], clients)
        settings = f"certificate={server[0]}&key={server[1]}&clients={str(clients).replace(' ', '%20')}"

        async def ask(url):
            async with connected(url, certificate=known, server=server[0]) as analyser:
                assert (await analyser.identify(question("secret", 0)))[1] == "match"
                offered = await Client(url).connect_and_get_server_endpoints()
                assert {each.SecurityMode for each in offered} == {ua.MessageSecurityMode.SignAndEncrypt}
                for one in (None, stranger, late):
                    with pytest.raises((UaError, ConnectionError, asyncio.TimeoutError)):
                        async with connected(url, certificate=one, server=server[0]):
                            pass
                # a session of somebody known is not to be had over a channel of somebody unknown
                await rob(analyser, url)
            os.unlink(clients / known[0].name)
            with pytest.raises((UaError, ConnectionError, asyncio.TimeoutError)):
                async with connected(url, certificate=known, server=server[0]):
                    pass

        with served("-l", mine, "--opcua", f"opc.tcp://127.0.0.1:0?{settings}") as (_, addresses):
            asyncio.run(ask(addresses["opc.tcp"]))

    @pytest.mark.parametrize(
        ("address", "why"),
        [
            ("opc.tcp://0.0.0.0:0", "can be reached from other machines"),
            ("opc.tcp://[::]:4840", "can be reached from other machines"),
            ("opc.tcp://127.0.0.1:0?certificate=a", "belong together"),
            ("opc.tcp://127.0.0.1:0?certificate=a&key=b&clients=c", "no such file"),
            ("opc.tcp://127.0.0.1:0?colour=red", "each once and with a value"),
            ("opc.tcp://127.0.0.1:0?sessions=0", "a number from 1 to 1000"),
            ("opc.tcp://127.0.0.1:99999", "expected an address such as"),
            ("opc.tcp://me:pw@127.0.0.1:0", "expected an address such as"),
            ("http://127.0.0.1:0", "expected an address such as"),
            ("4840", "expected an address such as"),
        ],
    )
    def test_addresses_that_cannot_be_used(self, address, why):
        with pytest.raises(BridgeError, match=why):
            parse_url(address)

    def test_one_line_and_exit_code_2(self, path):
        code, said = refused("-l", path, "--opcua", "opc.tcp://0.0.0.0:0")
        assert code == 2
        assert "can be reached from other machines" in said
        assert "Traceback" not in said


def test_values_of_a_calibrated_answer():
    record = {
        "verdict": "match",
        "alert": False,
        "probability": 0.991,
        "reasons": [],
        "hints": [],
        "substances": [{"name": "caffeine", "id": "c1"}],
        "next_action": "send_to_lab",
        "quality": {"snr": 10.0, "saturated": False, "coverage": 1.0},
        "technique": "raman",
        "provenance": {
            "engine": "1",
            "pipeline": "p",
            "config": "c",
            "library": [{"name": "l", "sha256": "s", "release": "r"}],
        },
    }
    reply = {"id": "i", "result": record, "degraded": [], "elapsed_ms": 1.0, "overrun_ms": 0.0}
    values = values_of(reply)
    assert values["Identification.Probability"] == 0.991
    assert values["Identification.Verdict.AlarmState"] == NORMAL
    assert values["AcquisitionResultStatus"] == 1
    assert values_of({**reply, "degraded": ["degraded_limits"]})["AcquisitionResultStatus"] == 4
    for change in ({"verdict": "no_match"}, {"hints": [{}]}, {"reasons": ["container_only"]}):
        other = values_of({**reply, "result": {**record, **change}})
        assert other["Identification.Verdict.AlarmState"] == WARNING
    alert = values_of({**reply, "result": {**record, "alert": True}})
    assert alert["Identification.Alert.AlarmState"] == ALARM
