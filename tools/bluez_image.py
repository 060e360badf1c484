#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes what a small virtual machine with Linux's Bluetooth boots: a kernel of Debian's, and an
initramfs with its Bluetooth modules, BlueZ, D-Bus and BusyBox, out of Debian's packages, which are
downloaded and taken apart, not installed.

usage: bluez_image.py FOLDER

FOLDER/vmlinuz and FOLDER/initramfs are the result; what is there already and as wanted stays.
exit status: 0 made, 1 cannot be made, and why.
"""

import gzip
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys

KERNEL = "linux-image-amd64"  # which depends on the one of the day; cloud kernels have no Bluetooth
PACKAGES = """
bluez busybox-static dbus-bin dbus-daemon dbus-system-bus-common libapparmor1 libasound2 libaudit1
libbz2-1.0 libc6 libcap-ng0 libcap2 libdbus-1-3 libdw1 libelf1 libexpat1 libgcrypt20 libglib2.0-0
libgpg-error0 liblz4-1 liblzma5 libpcre2-8-0 libreadline8 libselinux1 libsystemd0 libtinfo6 libudev1
libzstd1 ncurses-base zlib1g
""".split()
# hci_uart speaks to the serial port, the rest is cryptography that the kernel or bluetoothd uses: the
# kernel's own random numbers first, without which the test of its elliptic curves fails.
MODULES = """
ctr drbg ecdh_generic cmac ecb bluetooth hci_uart algif_hash algif_skcipher uhid
""".split()
PROGRAMS = """
usr/bin/bluetoothctl usr/bin/btmgmt usr/bin/btmon usr/bin/btattach usr/bin/gatttool
usr/bin/dbus-daemon usr/bin/dbus-send usr/libexec/bluetooth/bluetoothd
""".split()
FILES = ["bin/busybox", "usr/share/dbus-1/system.conf", "etc/dbus-1/system.d/bluetooth.conf",
         "lib/terminfo/v/vt100"]
INIT = pathlib.Path(__file__).resolve().parent.parent / "tests/interop/bluez/init"


def die(why):
    sys.exit(f"bluez_image.py: {why}")


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        die(f"{' '.join(command[:3])} ... failed: {done.stderr.strip()[-500:]}")
    return done.stdout


# ---- Packages ----


def kernel_package():
    found = re.search(r"Depends: (linux-image-\S+)", run("apt-cache", "depends", KERNEL))
    if not found:
        die(f"apt knows no {KERNEL}")
    return found.group(1)


def fetch(packages, folder):
    folder.mkdir(parents=True)
    run("apt-get", "-q", "download", *packages, cwd=folder)
    return sorted(folder.glob("*.deb"))


# ---- What belongs to what ----


def modules_in_order(root):
    """Paths of MODULES and those that they need, each after its needs."""
    found = {path.name.split(".")[0].replace("-", "_"): path
             for path in root.glob("lib/modules/*/kernel/**/*.ko")}
    order = []

    def add(name):
        path = found.get(name.replace("-", "_"))
        if path is None:
            die(f"the kernel has no module {name}, or it is compressed")
        if path in order:
            return
        needs = re.search(rb"\0depends=([^\0]*)\0", path.read_bytes()).group(1).decode()
        for need in filter(None, needs.split(",")):
            add(need)
        order.append(path)

    for name in MODULES:
        add(name)
    return order


def libraries_of(root, programs):
    """Names and paths of the shared libraries that programs need, and these need."""
    there = {path.name: path for path in root.glob("**/*.so*")}
    names, todo = {}, list(programs)
    while todo:
        listing = run("readelf", "-d", "-l", str(todo.pop()))
        needed = re.findall(r"\(NEEDED\).*\[(\S+)\]", listing)
        needed += [pathlib.Path(p).name for p in re.findall(r"interpreter: (\S+)\]", listing)]
        for name in needed:
            if name not in there:
                die(f"{name} is in none of the packages")
            if name not in names:
                names[name] = there[name]
                todo.append(there[name].resolve())
    return names


# ---- The archive: cpio's "newc" ----


class Archive:
    def __init__(self):
        self.data, self.count, self.folders = bytearray(), 0, set()

    def _entry(self, name, mode, data=b""):
        self.count += 1
        fields = (self.count, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        self.data += b"070701" + b"".join(b"%08x" % field for field in fields)
        self.data += name.encode() + b"\0"
        self.data += bytes(-len(self.data) % 4)
        self.data += data
        self.data += bytes(-len(self.data) % 4)

    def folder(self, name):
        name = name.strip("/")
        if name and name not in self.folders:
            self.folder(name.rpartition("/")[0])
            self.folders.add(name)
            self._entry(name, 0o040755)

    def file(self, name, data, mode=0o644):
        self.folder(name.rpartition("/")[0])
        self._entry(name, 0o100000 | mode, data)

    def finish(self):
        self._entry("TRAILER!!!", 0)
        return gzip.compress(bytes(self.data), 6)


def archive_of(root):
    archive = Archive()
    for name in ("bin", "dev", "proc", "sys", "run/dbus", "tmp", "etc", "var/lib/bluetooth",
                 "lib64", "root"):
        archive.folder(name)
    for name in FILES + PROGRAMS:
        archive.file(name, (root / name).read_bytes(), 0o755)
    for name, path in libraries_of(root, [root / name for name in PROGRAMS]).items():
        folder = "lib64" if name.startswith("ld-linux") else "usr/lib/x86_64-linux-gnu"
        archive.file(f"{folder}/{name}", path.resolve().read_bytes(), 0o755)
    modules = modules_in_order(root)
    for path in modules:
        archive.file(f"modules/{path.name}", path.read_bytes())
    archive.file("modules/order", "".join(f"{path.name}\n" for path in modules).encode())
    archive.file("etc/passwd", b"root::0:0::/root:/bin/sh\nmessagebus::100:100::/:/bin/false\n")
    archive.file("etc/group", b"root::0:\nmessagebus::100:\nbluetooth::101:\n")
    archive.file("etc/machine-id", b"0" * 31 + b"1\n")
    archive.file("init", INIT.read_bytes(), 0o755)
    return archive.finish()


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(argv[1])
    stamp = folder / "stamp"
    wanted = hashlib.sha256(pathlib.Path(__file__).read_bytes() + INIT.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    for tool in ("apt-get", "dpkg-deb", "readelf"):
        if not shutil.which(tool):
            die(f"there is no {tool} here; this works on Debian and what comes of it")
    stamp.unlink(missing_ok=True)
    packages = folder / "packages"
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    names = [kernel_package(), *PACKAGES]
    have = folder / "names"
    if not have.is_file() or have.read_text() != " ".join(names):
        shutil.rmtree(packages, ignore_errors=True)
        fetch(names, packages)
        have.write_text(" ".join(names))
    for package in sorted(packages.glob("*.deb")):
        run("dpkg-deb", "-x", str(package), str(root))
    shutil.copyfile(next(root.glob("boot/vmlinuz-*")), folder / "vmlinuz")
    (folder / "initramfs").write_bytes(archive_of(root))
    shutil.rmtree(root)
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
