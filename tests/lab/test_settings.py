# SPDX-License-Identifier: BSD-2-Clause
"""What scripts ask of the machine, on a machine that has it; the forms are those that iPXE 2.0 prints of the same one.
And scripts that have no end."""
import re

from network import SERVER

URL = f"http://{SERVER}"

SMBIOS = [word for part in ("type=1,manufacturer=ACME,product=Box,serial=SN1,uuid=00112233-4455-6677-8899-aabbccddeeff",
                            "type=2,serial=BS9", "type=3,asset=AS7") for word in ("-smbios", part)]


def test_tables_and_registers(stage, site):
    site.start()
    vm = stage.boot(extra=SMBIOS)
    vm.prompt()
    for asked, answer in (
            ("${smbios/1.4.0} ${smbios/1.5.0:string} ${smbios/1.4.0:hex}", "ACME Box 41:43:4d:45"),
            ("${smbios/1.8.16} ${smbios/1.8.16:guid}",
             "00112233-4455-6677-8899-aabbccddeeff 33221100-5544-7766-8899-aabbccddeeff"),
            ("${smbios/1.1.3} ${smbios/1.0.1}", "1b:00:01 ACME"),
            ("${smbios/0.1.4.0} <${smbios/1.1.4.0}> ${smbios/manufacturer}", "ACME <> ACME"),
            ("${manufacturer} ${product} ${serial} ${asset} ${board-serial}", "ACME Box SN1 AS7 BS9"),
            ("${pci/${net0/busloc}.0.4} ${pci/${net0/busloc}.0.2:uint16} ${pci/${net0/busloc}.0.2:hex}",
             "100e8086 0x8086 80:86"),
            ("${net0/busid} ${net0/bustype} ${net0/chip}", "01:80:86:10:0e PCI 82540em"),
            ("${acpi/0x46414350.0.0.0.4} ${acpi/0x46414350.0.0.0.4:string} <${acpi/0x46414350.9.0.0.4}>",
             "46414350 FACP <>"),
            ("${memmap/0.0.1.0} ${builtin/platform} ${platform}", "0000000000000000 pcbios pcbios")):
        assert vm.succeeds("echo " + asked).split("\n").count(answer) == 1, asked
    seconds = re.search(r"^time (\d+)$", vm.succeeds("echo time ${unixtime:int32}"), re.M)
    assert seconds and int(seconds[1]) > 1700000000
    shown = vm.succeeds("echo cpu ${cpuid/1.0} ${cpuid/1.0x40.1.0} ${cpuvendor}")
    assert re.search(r"^cpu (68747541|756e6547) \1 \w+", shown, re.M)


def test_a_loop_without_an_end_is_left(stage, site):
    site.put("loop.ipxe", "#!ipxe\n:again\ninc n\niseq ${n} 1 && echo it runs ||\ngoto again\n")
    site.put("spin.ipxe", "#!ipxe\nset n 0\nforeach x 1 2 3 4 5 6 7 8 -- chain spin.ipxe\n")
    site.start()
    vm = stage.boot()
    vm.prompt()
    vm.serial.send(f"chain {URL}/loop.ipxe\r")
    vm.expect("^it runs")
    vm.serial.send("\x03")
    vm.expect("stopped by Ctrl-C")
    vm.prompt()
    assert "too many scripts wait for each other" in vm.fails(f"chain {URL}/spin.ipxe")


def test_scripts_in_other_writings(stage, site):
    site.put("bom.ipxe", b"\xef\xbb\xbf#!ipxe\necho no\n")
    site.put("wide.ipxe", "#!ipxe\necho no\n".encode("utf-16"))
    site.put("nul.ipxe", b"#!ipxe\r\necho a\r\necho a\0b\r\n")
    site.put("odd.ipxe", b"#!ipxe\r\nfoo bar " + b"w " * 1000 + b"|| echo a thousand\r\n")
    site.start()
    vm = stage.boot()
    vm.prompt()
    assert "a byte order mark" in vm.fails(f"chain {URL}/bom.ipxe")
    assert "a script in UTF-16" in vm.fails(f"chain {URL}/wide.ipxe")
    assert "nul.ipxe:3: (the line itself): there is a NUL in it" in vm.fails(f"chain {URL}/nul.ipxe")
    shown = vm.succeeds(f"chain {URL}/odd.ipxe")
    assert "foo: no such command" in shown and "\na thousand" in shown
