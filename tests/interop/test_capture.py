# SPDX-License-Identifier: Apache-2.0
"""FAVONIUS_BTSNOOP of a run, read by Bumble's parser of HCI packets and by the format's rules."""

import struct

import pytest
from bumble import hci

HEADER = struct.Struct(">8sII")
RECORD = struct.Struct(">IIIIq")
HCI_UART = 1002


@pytest.mark.parametrize("bench", [("bumble", "bumble", "air")], indirect=True, ids=["on-air"])
async def test_a_capture_is_btsnoop_and_each_packet_parses(bench, tmp_path):
    file = tmp_path / "ours.btsnoop"
    ours = await bench.host("ours", {"FAVONIUS_BTSNOOP": str(file)})
    down, _ = await bench.join(bench.central, ours)
    await down.write((await down.characteristics())["2a01"][0], b"seen")
    await down.disconnect()
    await ours.stop()
    bench.stack.remove(ours)
    data = file.read_bytes()
    assert HEADER.unpack_from(data) == (b"btsnoop\0", 1, HCI_UART)
    at, last, packets = HEADER.size, 0, []
    while at < len(data):
        size, kept, flags, dropped, when = RECORD.unpack_from(data, at)
        packet = data[at + RECORD.size:at + RECORD.size + kept]
        assert size == kept == len(packet) and dropped == 0 and when >= last
        # Bit 0: received; bit 1: command or event.
        assert flags >> 1 == (packet[0] in (hci.HCI_COMMAND_PACKET, hci.HCI_EVENT_PACKET))
        assert flags & 1 == 1 if packet[0] == hci.HCI_EVENT_PACKET else packet[0] in (1, 2)
        packets.append(hci.HCI_Packet.from_bytes(packet))
        last, at = when, at + RECORD.size + kept
    assert isinstance(packets[0], hci.HCI_Reset_Command)
    assert any(b"seen" in bytes(p) for p in packets if isinstance(p, hci.HCI_AclDataPacket))
    assert any(isinstance(p, hci.HCI_Disconnection_Complete_Event) for p in packets)
