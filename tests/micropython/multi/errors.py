# SPDX-License-Identifier: Apache-2.0
# What is refused, and how.

import sys

sys.path.append("lib")

import bluetooth
from recorder import *

ENODEV, EINVAL, ENOTCONN = 19, 22, 107

ble = bluetooth.BLE()


def errno(call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    except OSError as er:
        return er.errno


def instance0():
    multitest.next()
    off = [
        errno(ble.config, "mac"),
        errno(ble.config, "mtu"),
        errno(ble.config, mtu=100),
        errno(ble.config, gap_name="x"),
        errno(ble.config, addr_mode=0),
        errno(ble.gap_advertise, 20_000),
        errno(ble.gap_scan, 100),
        errno(ble.gap_scan, None),
        errno(ble.gap_connect, 0, bytes(6)),
        errno(ble.gap_connect, None),
        errno(ble.gap_disconnect, 0),
        errno(ble.gatts_register_services, ()),
        errno(ble.gatts_write, 1, "x"),
        errno(ble.gatts_notify, 0, 1),
        errno(ble.gatts_set_buffer, 1, 10),
        errno(ble.gattc_discover_services, 0),
        errno(ble.gattc_read, 0, 1),
        errno(ble.gattc_write, 0, 1, "x"),
        errno(ble.gattc_exchange_mtu, 0),
    ]
    print(set(off) == {ENODEV}, ble.gatts_read(1), ble.active())

    ble.active(True)
    links = [
        errno(ble.gattc_discover_services, 0),
        errno(ble.gattc_discover_characteristics, 15, 1, 2),
        errno(ble.gattc_discover_descriptors, 16, 1, 2),
        errno(ble.gattc_read, 0xFFFF, 1),
        errno(ble.gattc_write, 0, 1, "x"),
        errno(ble.gattc_write, 0, 1, "x", 1),
        errno(ble.gattc_exchange_mtu, 0),
        errno(ble.gatts_notify, 0, 1),
        errno(ble.gatts_indicate, 0, 1),
    ]
    print(set(links) == {ENOTCONN}, ble.gap_disconnect(0))
    ((handle,),) = ble.gatts_register_services(((SERVICE, ((CHAR, READ),)),))
    values = [
        errno(ble.gap_advertise, 1_000),
        errno(ble.gap_advertise, 11_000_000),
        errno(ble.gap_advertise, 20_000, bytes(32)),
        errno(ble.gap_advertise, 20_000, b"\x05\x09ab"),
        errno(ble.gap_advertise, 20_000, ADV, resp_data=b"\x09\x01"),
        errno(ble.gap_scan, -1),
        errno(ble.config, mtu=22),
        errno(ble.config, mtu=600),
        errno(ble.config, gap_name="n" * 100),
        errno(ble.config, addr_mode=9),
        errno(ble.gatts_write, handle + 1, "x"),
        errno(ble.gatts_set_buffer, 0, 10),
    ]
    print(set(values) == {EINVAL}, values)
    # Padding is no error.
    print(errno(ble.gap_advertise, 20_000, ADV + bytes(5)), errno(ble.gap_advertise, None))
    print(errno(ble.config, mtu=517), ble.config("mtu"), ble.config("gap_name"))
    ble.active(False)
    ble.active(False)
