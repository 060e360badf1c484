# SPDX-License-Identifier: Apache-2.0
"""Each feature between a Bumble host and a Bumble host or ours, on our air's controllers and on
Bumble's. docs/interop.md has what the two disagree about.
"""

import asyncio

import pytest

from peers import (ADV_IND, FLAGS, KINDS, LONG_VALUE, NAME, SCAN_RSP, Refused)

ATT_ERR_INVALID_HANDLE = 0x01
ATT_ERR_READ_NOT_PERMITTED = 0x02
ATT_ERR_WRITE_NOT_PERMITTED = 0x03
LE_2M_PHY = 1 << 8
HCI_ERR_UNKNOWN_CONN_ID = 0x02
HCI_ERR_REMOTE_USER_TERM_CONN = 0x13
HCI_ERR_LOCALHOST_TERM_CONN = 0x16
HCI_ERR_CONN_FAIL_TO_ESTAB = 0x3E

lacks = pytest.mark.lacks

# ---- Advertising and scanning ----


@lacks("it sends ADV_IND alone, whatever the parameters say")
@pytest.mark.parametrize("kind", ["scannable", "nonconnectable", "directed-low", "directed"])
async def test_advertising_of_each_type_is_reported_by_a_passive_scan(bench, kind):
    target = bench.central.address if "directed" in kind else None
    await bench.central.scan("passive")
    await bench.peripheral.advertise(kind, target)
    data = await bench.central.report(bench.peripheral.address, KINDS[kind][1])
    assert data == (b"" if target else FLAGS)


async def test_connectable_advertising_is_reported_by_a_passive_scan(bench):
    await bench.central.scan("passive")
    await bench.peripheral.advertise("connectable")
    assert await bench.central.report(bench.peripheral.address, ADV_IND) == FLAGS
    await bench.central.stop_scan()


@lacks("its scan response repeats the advertising data")
@pytest.mark.parametrize("kind", ["connectable", "scannable"])
async def test_an_active_scan_gets_the_scan_response(bench, kind):
    await bench.peripheral.advertise(kind)
    await bench.central.scan("active")
    assert await bench.central.report(bench.peripheral.address, KINDS[kind][1]) == FLAGS
    assert await bench.central.report(bench.peripheral.address, SCAN_RSP) == NAME


async def test_stopped_advertising_can_be_started_again(bench):
    await bench.peripheral.advertise("connectable")
    await bench.peripheral.stop_advertising()
    await bench.central.scan("passive")
    await bench.peripheral.advertise("connectable")
    await bench.central.report(bench.peripheral.address, ADV_IND)


# ---- Accept list ----


@lacks("it has no accept list")
async def test_a_filtered_scan_hears_the_accept_list_alone(bench):
    other = await bench.host("bumble")
    await bench.central.accept(bench.peripheral.address)
    await other.advertise("connectable")
    await bench.central.scan("filtered")
    await bench.peripheral.advertise("connectable")
    for _ in range(5):
        await bench.central.report(bench.peripheral.address, ADV_IND)
    assert other.address not in bench.central.reported()


@lacks("it has no accept list")
async def test_a_filtered_advertiser_lets_the_accept_list_connect(bench):
    await bench.peripheral.accept(bench.central.address)
    await bench.peripheral.advertise("filtered")
    await bench.central.start_connect(bench.peripheral.address)
    await bench.central.link("central")
    assert (await bench.peripheral.link("peripheral")).peer == bench.central.address


@lacks("it has no accept list")
async def test_a_filtered_advertiser_lets_nobody_else_connect(bench):
    """The central believes in the link until nobody answers, Core 6.0 Vol 6 Part B 4.5.2."""
    await bench.peripheral.accept("C0:00:00:00:00:99/random")
    await bench.peripheral.advertise("filtered")
    await bench.central.start_connect(bench.peripheral.address)
    down = await bench.central.link("central")
    assert await down.disconnected() == HCI_ERR_CONN_FAIL_TO_ESTAB


@lacks("it has no accept list")
async def test_a_connection_to_whoever_of_the_accept_list_comes(bench):
    await bench.central.accept(bench.peripheral.address)
    await bench.peripheral.advertise("connectable")
    await bench.central.start_connect_accepted()
    assert (await bench.central.link("central")).peer == bench.peripheral.address


# ---- Connecting ----


async def test_connect_tells_both_ends_who_the_other_is(bench):
    down, up = await bench.connected()
    assert down.peer == bench.peripheral.address
    assert up.peer == bench.central.address


@lacks("it sends ADV_IND alone, whatever the parameters say")
@pytest.mark.parametrize("kind", ["directed", "directed-low"])
async def test_connect_to_directed_advertising(bench, kind):
    await bench.central.start_connect(bench.peripheral.address)
    await bench.peripheral.advertise(kind, bench.central.address)
    assert (await bench.central.link("central")).peer == bench.peripheral.address
    await bench.peripheral.link("peripheral")


@lacks("cancelling a connection does nothing")
async def test_an_attempt_is_cancelled_and_the_next_one_works(bench):
    await bench.central.start_connect("C0:00:00:00:00:99/random")
    assert await bench.central.cancel() == HCI_ERR_UNKNOWN_CONN_ID
    await bench.connected()


@lacks("a disconnection has the peer's reason at both ends")
@pytest.mark.parametrize("side", ["central", "peripheral"])
async def test_disconnect_by_either_side_has_its_reason_at_both(bench, side):
    down, up = await bench.connected()
    ends, left = (down, up) if side == "central" else (up, down)
    await ends.disconnect()
    assert await left.disconnected() == HCI_ERR_REMOTE_USER_TERM_CONN
    assert await ends.disconnected() == HCI_ERR_LOCALHOST_TERM_CONN


@pytest.mark.parametrize("side", ["central", "peripheral"])
async def test_disconnect_by_either_side_and_connect_again(bench, side):
    for _ in range(3):
        down, up = await bench.connected()
        await (down if side == "central" else up).disconnect()
        await asyncio.gather(down.disconnected(), up.disconnected())


async def test_one_central_has_several_peripherals(bench):
    others = [await bench.host("bumble") for _ in range(2)]
    links = []
    for peripheral in (bench.peripheral, *others):
        links.append(await bench.join(bench.central, peripheral))
    for number, (down, _) in enumerate(links):
        handle = (await down.characteristics())["2a01"][0]
        await down.write(handle, bytes([number]))
        assert await down.read(handle) == bytes([number])
    await links[1][0].disconnect()
    await links[1][0].disconnected()
    for number in (0, 2):
        down = links[number][0]
        assert await down.read((await down.characteristics())["2a01"][0]) == bytes([number])


async def test_one_peripheral_has_several_centrals(bench):
    others = [await bench.host("bumble") for _ in range(2)]
    links = [await bench.join(central, bench.peripheral)
             for central in (bench.central, *others)]
    for down, _ in links:
        await down.subscribe("notify")
    await bench.peripheral.notify(b"to all")
    for down, _ in links:
        assert await down.value("notify") == b"to all"


@lacks("a reset resets nothing")
@pytest.mark.parametrize("side", ["central", "peripheral"])
async def test_a_reset_with_a_link_up_drops_it_and_the_next_one_works(bench, side):
    down, up = await bench.connected()
    if side == "central":
        await asyncio.gather(bench.central.restart(), up.disconnected())
    else:
        await asyncio.gather(bench.peripheral.restart(), down.disconnected())
    await bench.connected()


# ---- GATT ----


async def test_discover_services_characteristics_and_descriptors(bench):
    down, _ = await bench.connected()
    services = await down.services()
    assert {"1800", "1a00"} <= set(services)
    characteristics = await down.characteristics()
    assert characteristics["2a01"][1] == 0x0E
    assert characteristics["2a02"][1] == 0x30
    assert characteristics["2a03"][1] == 0x02
    start, end = services["1a00"]
    for uuid in ("2a01", "2a02", "2a03"):
        assert start < characteristics[uuid][0] <= end
    value = characteristics["2a02"][0]
    assert (await down.descriptors())[value + 1] == "2902"


async def test_mtu_exchange(bench):
    down, _ = await bench.connected()
    assert await down.mtu() == 517


@pytest.mark.parametrize("mtu", [False, True], ids=["mtu-23", "mtu-517"])
async def test_read_and_write(bench, mtu):
    down, _ = await bench.connected()
    if mtu:
        await down.mtu()
    handle = (await down.characteristics())["2a01"][0]
    assert await down.read(handle) == b"hello"
    for value in (b"x", b"", bytes(range(20))):
        await down.write(handle, value)
        assert await down.read(handle) == value


async def test_write_without_response(bench):
    down, _ = await bench.connected()
    handle = (await down.characteristics())["2a01"][0]
    await down.command(handle, b"quiet")
    assert await bench.peripheral.stored() == (0, b"quiet")


@pytest.mark.parametrize("mtu", [False, True], ids=["mtu-23", "mtu-517"])
async def test_long_read(bench, mtu):
    down, _ = await bench.connected()
    if mtu:
        await down.mtu()
    assert await down.read((await down.characteristics())["2a03"][0]) == LONG_VALUE


@pytest.mark.parametrize("size", [19, 22, 23, 200, 512])
async def test_long_write(bench, size):
    down, _ = await bench.connected()
    handle = (await down.characteristics())["2a01"][0]
    await down.write_long(handle, (LONG_VALUE * 2)[:size])
    assert await down.read(handle) == (LONG_VALUE * 2)[:size]


async def test_a_write_of_a_whole_packet(bench):
    down, _ = await bench.connected()
    await down.mtu()
    handle = (await down.characteristics())["2a01"][0]
    value = (LONG_VALUE * 2)[:512]
    await down.write(handle, value)
    assert await down.read(handle) == value


async def test_errors_have_their_names(bench):
    down, _ = await bench.connected()
    characteristics = await down.characteristics()
    with pytest.raises(Refused) as refused:
        await down.read(0x0FFF)
    assert refused.value.code == ATT_ERR_INVALID_HANDLE
    if bench.peripheral.name == "bumble":
        return  # Its server permits everything that no security is asked for.
    with pytest.raises(Refused) as refused:
        await down.read(characteristics["2a02"][0])
    assert refused.value.code == ATT_ERR_READ_NOT_PERMITTED
    with pytest.raises(Refused) as refused:
        await down.write(characteristics["2a03"][0], b"no")
    assert refused.value.code == ATT_ERR_WRITE_NOT_PERMITTED


@pytest.mark.parametrize("kind", ["notify", "indicate"])
async def test_subscribe_and_get_values(bench, kind):
    down, _ = await bench.connected()
    await down.subscribe(kind)
    await bench.peripheral.subscribers({"notify": 1, "indicate": 2}[kind])
    for value in (b"first", b"", bytes(range(20))):
        await getattr(bench.peripheral, kind)(value)
        assert await down.value(kind) == value
    await down.unsubscribe()
    await bench.peripheral.subscribers(0)


async def test_many_notifications_arrive_in_order(bench):
    down, _ = await bench.connected()
    await down.mtu()
    await down.subscribe("notify")
    for number in range(20):
        await bench.peripheral.notify(bytes([number]) * 244)
    for number in range(20):
        assert await down.value("notify") == bytes([number]) * 244


# ---- Link ----


@lacks("it has no PHY update")
@pytest.mark.parametrize("side", ["central", "peripheral"])
async def test_phy_update_by_either_side(bench, side):
    down, up = await bench.settled()
    asks, other = (down, up) if side == "central" else (up, down)
    if side == "peripheral" and bench.central.name == "ours":
        # Our central's host has asked for 2M alone: there is no PHY that both prefer.
        await up.phy(2)
        await up.set_phy(1)
        await up.phy(2)
        return
    # Our host has changed to 2M by itself; who did not ask hears of changes alone.
    for phy in (2, 1, 2) if bench.central.name == "bumble" else (1, 2, 1):
        await asks.set_phy(phy)
        await asyncio.gather(asks.phy(phy), other.phy(phy))


@lacks("it has no data length update")
@pytest.mark.parametrize("side", ["central", "peripheral"])
async def test_data_length_by_either_side(bench, side):
    down, up = await bench.settled()
    asks, other = (down, up) if side == "central" else (up, down)
    for size in (100, 251):
        await asks.set_data_length(size)
        await asyncio.gather(asks.data_length("tx", size), other.data_length("rx", size))


async def test_parameter_update_by_the_central(bench):
    down, up = await bench.connected()
    await down.update_params(40, 0, 300)
    await asyncio.gather(down.params(40, 0, 300), up.params(40, 0, 300))


@lacks("it updates a link without asking the central")
async def test_parameter_update_by_the_peripheral(bench):
    down, up = await bench.settled()
    await up.update_params(56, 2, 500)
    await asyncio.gather(down.params(56, 2, 500), up.params(56, 2, 500))


@lacks("it has no Read Remote Version Information")
@pytest.mark.parametrize("side", ["central", "peripheral"])
async def test_remote_version_and_features(bench, side):
    down, up = await bench.connected()
    version, features = await (down if side == "central" else up).remote()
    assert version >= 0x09
    assert features & LE_2M_PHY


@lacks("it has no RSSI")
@pytest.mark.parametrize("side", ["central", "peripheral"])
async def test_rssi(bench, side):
    down, up = await bench.connected()
    assert -127 <= await (down if side == "central" else up).rssi() <= 20
