# SPDX-License-Identifier: BSD-2-Clause
"""One Undine's telnet client at another Undine's telnet console."""
import time

from network import NBP


def test_from_one_undine_to_another(stage):
    stage.site.start()
    far = stage.boot()
    far.prompt()
    address = far.run("echo ${net0/ip}").strip()
    far.run("telnetd --password secret")
    # QEMU's own network, which leads to the far one's.
    folder, _, name = NBP.rpartition("/")
    near = stage.boot(netdev=f"user,tftp={folder},bootfile={name}")
    near.prompt()
    near.serial.send(f"telnet {address}\r")
    near.expect("[Pp]assword: ")
    near.serial.send("secret\r")
    near.expect("help lists the commands")
    near.expect("undine> ")
    near.serial.send("echo said from ${net0/ip}\r")
    near.expect(f"said from {address}")
    far.expect(f"said from {address}")
    near.serial.send("sleep 100\r")
    far.expect("sleep 100$")
    near.serial.send("\x03")
    far.prompt()
    far.run("telnetd --stop")
    near.expect("is closed by that side")
    near.prompt()
    end = time.monotonic() + 30
    while " tcp " in (shown := near.succeeds("sockets")):      # its own FIN may not be acknowledged yet
        assert time.monotonic() < end, shown
