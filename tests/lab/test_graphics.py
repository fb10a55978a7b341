# SPDX-License-Identifier: BSD-2-Clause
"""The console over a picture: what is to be seen of both, and that text mode comes back."""
import struct
import time
import zlib

import mb2
import test_restart

WIDTH, HEIGHT = 800, 600
TEXT = 720, 400             # VGA's text mode in pixels
GREY, RED, OWN = (0xaa, 0xaa, 0xaa), (0xaa, 0, 0), (0x12, 0x34, 0x56)
LEFT, TOP, RIGHT, BOTTOM = 100, 60, 50, 40
# what is left of that over whole cells is shared
TEXT_LEFT, TEXT_TOP = LEFT + (WIDTH - LEFT - RIGHT) % 9 // 2, TOP + (HEIGHT - TOP - BOTTOM) % 16 // 2


def shade(x, y):
    return x // 4, y // 3, 0x40


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"".join(bytes(shade(x, y)) for x in range(WIDTH)) for y in range(HEIGHT))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def is_drawn(vm, size, points=(), also=lambda shown: True):
    """Waits until the screen has that size and these colours: ((x, y), colour)."""
    end = time.monotonic() + 60
    while True:
        shown = mb2.Screen(vm)
        if shown.size == size and all(shown.pixel(*at) == colour for at, colour in points) and also(shown):
            return shown
        assert time.monotonic() < end, (shown.size, [(at, shown.pixel(*at)) for at, _ in points])
        time.sleep(0.1)


def colours(shown, column, row):
    """Those in a cell of text."""
    return {shown.pixel(TEXT_LEFT + column * 9 + x, TEXT_TOP + row * 16 + y) for x in range(9) for y in range(16)}


def picture_is_seen(vm, also=lambda shown: True):
    """All around, and behind the text, which is drawn later."""
    behind = [((x, y), shade(x, y)) for x, y in ((0, 0), (WIDTH - 1, HEIGHT - 1), (LEFT + 400, TOP + 400))]
    return is_drawn(vm, (WIDTH, HEIGHT), behind, also)


def test_console_over_a_picture(stage, site):
    site.start()
    url, good = site.put("bg.png", png()), f"--left {LEFT} --top {TOP} --right {RIGHT} --bottom {BOTTOM}"
    bad = site.put("bad.png", png()[:-40])
    vm = stage.boot()
    vm.prompt()
    assert "no graphics mode" in vm.fails("console --x 9000 --y 7000")
    assert "bad.png cannot be shown: it ends too early" in vm.fails(f"console --picture {bad}")
    is_drawn(vm, TEXT)

    vm.succeeds(f"console --picture {url} {good}")
    # the prompt's first letter, and the picture behind it
    picture_is_seen(vm, lambda shown: {GREY, shade(TEXT_LEFT, TEXT_TOP)} <= colours(shown, 0, 0))

    for line in ("menu Which?", "item --gap Some", "item one", "item two", "colour --rgb 0x123456 6"):
        vm.succeeds(line)
    vm.serial.send("choose it\r")
    vm.expect("Arrows or a number")
    # the mark is as wide as the text
    picture_is_seen(vm, lambda shown: {RED} in [colours(shown, 70, row) for row in range(31)] and
                    any(OWN in colours(shown, 2, row) for row in range(31)))
    vm.serial.send("\x1b")
    vm.expect("the menu was left$")             # behind the log's last lines, once more
    vm.prompt()

    vm.succeeds("console")
    is_drawn(vm, TEXT)
    vm.shown("undine>")
    for _ in range(3):                          # a heap may grow meanwhile, once
        free = vm.memory()
        vm.succeeds(f"console --picture {url} {good}")
        assert vm.memory() < free - 4 * WIDTH * HEIGHT
        vm.succeeds("console")
        if vm.memory() >= free:
            break
    else:
        assert False, "each time takes memory"

    vm.succeeds("console -x 1024 -y 768")
    is_drawn(vm, (1024, 768))
    vm.serial.send("crash --panic\r")
    vm.expect("panic: this is a bug in Undine", 30)
    vm.shown("panic: this is a bug")
    test_restart.new_life(vm, "panic: asked for by the command crash", 2)
    is_drawn(vm, TEXT)
    vm.prompt(60)

    vm.succeeds(f"console --picture {url} {good}")
    picture_is_seen(vm)
    vm.succeeds(f"kernel {site.link('kernel', mb2.kernel('textmode.elf'))}")
    vm.serial.send("boot\r")
    frame = mb2.read(vm).line("framebuffer")
    assert (frame["type"], frame["width"], frame["height"]) == ("2", "80", "25")
    is_drawn(vm, TEXT)
