# SPDX-License-Identifier: BSD-2-Clause
"""Menus and forms of scripts, on the screen, the serial line, telnet and a dumb terminal."""
import time

from telnet_session import Session

MENU = """#!ipxe
set esc:hex 1b
menu What shall it do?
item --gap -- ${esc:string}[1;32mDebian
item --key i install Install it
item rescue
item --gap
item --key l local From disk
"""
CHOOSE = MENU + "choose --default rescue what && echo it is ${what} || echo it was left\nshell\n"


def boot(stage, site, script):
    site.start(script=script)
    vm = stage.boot()
    vm.expect("dhcp: ACK", 60)
    return vm


def test_keyboard_and_screen(stage, site):
    vm = boot(stage, site, CHOOSE)
    lines = vm.shown(r"^ {30,}What shall it do\?$", "^  Debian$", "^  Install it$", "^  rescue$", "^  From disk$",
                     "Enter takes it")
    assert not any("\033" in line or "[1;32m" in line for line in lines)
    vm.press("up")
    vm.press("ret")
    vm.expect("^menu: What shall it do.: install")
    vm.expect("^it is install")
    assert vm.shown("^it is install$")


def test_serial_line_own_key_and_leaving(stage, site):
    vm = boot(stage, site, MENU + "choose --keep a\n" + MENU.replace("What shall", "And now").split("hex 1b\n")[1] +
              "choose --keep b\nmenu Last\nitem x\nchoose c || set c left\necho ${a}, ${b}, ${c}\nshell\n")
    vm.shown("What shall it do")
    vm.serial.send("L")
    vm.shown("And now it do")
    vm.serial.send("2\r")
    vm.shown(" Last")
    vm.serial.send("\x1b")
    vm.expect("^local, rescue, left")


def test_a_key_stops_the_time_and_a_second_time_begins(stage, site):
    """Nobody there: the marked one.  A key: for ever, or for --retimeout."""
    vm = boot(stage, site, MENU +
              "choose --keep --default local --timeout 1500 a\n"
              "menu Second\nitem x\nitem y\nchoose --keep --timeout 90000 --retimeout 1000 b\n"
              "menu Third\nitem x\nchoose --timeout 8000 c || set c left\necho ${a}, ${b}, ${c}\nshell\n")
    vm.expect("Taken in [12] s unless a key comes")     # on the line, which stays: the screen shows it for a moment
    vm.shown(" Second", "Taken in [6-9]. s unless")
    vm.serial.send("\x1b[B")
    vm.shown(" Third", r"Taken in \d+ s unless")
    vm.serial.send("q")
    vm.shown(" Third", "Arrows or a number")
    time.sleep(9)
    vm.shown(" Third", "Arrows or a number")
    vm.serial.send("\x03")
    vm.expect("^local, y, left")


def test_nobody_comes_after_a_stray_key(stage, site):
    """The menu is left for the next try, which fetches the script anew; nothing of the old one runs."""
    site.start(script=MENU + "set menu-idle 8\nset presence 4\nchoose --timeout 60000 what && echo it was chosen || "
               "echo it was left\nshell\n")
    vm = stage.boot()
    vm.expect("dhcp: ACK", 60)
    vm.shown("What shall it do", "Taken in")
    vm.serial.send("\x1b[B")
    vm.shown("What shall it do", r"Esc leaves  \(try 2 in 0:0\d\)$")
    site.put("boot.ipxe", "#!ipxe\necho mended\nshell\n")
    vm.expect("stopped by menu-idle, for nobody is there", 30)
    vm.expect("^Nobody is there: try 2,")
    vm.expect("^mended", 60)
    assert "it was" not in vm.run("log")


def test_dumb_terminal(stage, site):
    site.start(script=CHOOSE.replace("#!ipxe\n", "#!ipxe\nset console com1,dumb\n"))
    vm = stage.boot()
    vm.expect("^What shall it do.", 60)
    vm.expect("^  1  Install it")
    vm.expect("^  2  rescue")
    vm.expect("^  3  From disk")
    vm.expect("^> 2 rescue")
    vm.serial.send("3\r")
    vm.expect("^it is local")
    assert "\033" not in vm.serial.text.split("What shall it do")[1]


def test_all_consoles_and_a_secret(stage, site):
    """A form that is seen on three consoles at once, filled in from afar; and the editor of settings."""
    site.start(script="#!ipxe\ntelnetd --password sesame --port 2323\nset name ann\n"
              "form Who is there?\nitem name Your name\nitem --secret word The word\n"
              "present && iseq ${word} o&p3n && echo welcome ${name} || echo go away\n"
              "login && echo ${username} is in\n"
              "set my/a one\nconfig my && echo my is ${my/a}\nshell\n")
    vm = stage.boot()
    ip = vm.expect(r"dhcp: ACK (\S+) from", 60)[1]
    vm.expect("Who is there")
    session = Session(ip)
    session.log_in()
    session.expect("Who is there")
    session.send("a\t")
    vm.shown("^  Your name  anna$")
    session.send("o&p3n")
    vm.shown(r"^  The word   \*\*\*\*\*$")
    session.send("\r")
    vm.shown(" Log in")
    vm.serial.send("bob\rs3cret\r")
    session.expect("Settings of my/")           # what was said meanwhile is seen behind it
    session.send("\x1b[B\r!")                 # down, and to the end of the value
    vm.shown("Settings of my/", r"^  a +one!$", "Enter keeps it, Esc leaves")
    vm.serial.send("?\r")
    vm.shown(r"^  a +one!\?$", "my/a:string, set")
    vm.press("esc")
    for said in "^welcome anna", "^bob is in", "^config: set my/a", r"^my is one!\?":
        vm.expect(said)
    for text in (vm.serial.text, session.text):
        assert "o&p3n" not in text and "s3cret" not in text
    assert "o&p3n" not in vm.run("log")
    session.close()


def test_what_is_wrong_is_said(guest):
    assert "there is no menu or form yet" in guest.fails("item x X")
    assert "called nobody" in guest.fails("choose --menu nobody x")
    guest.succeeds("menu empty")
    assert "no entry that could be chosen" in guest.fails("choose x")
    guest.succeeds("menu again")
    assert "is no key" in guest.fails("item --key F99 x X")
    assert "no field" in guest.fails("present")
    assert "colours are 0 to 15" in guest.fails("colour --basic 3 99")
    assert "pairs are 0 to 15" in guest.fails("cpair --foreground 99 1")
    assert "these margins leave less than 20 columns" in guest.fails("console -x 1024 -y 768 --left 900 --depth 24")
    assert "the height is to be a number" in guest.fails("console --x 800 --y high")
    guest.succeeds("menu --name gone")
    guest.succeeds("menu --name gone --delete")
    guest.succeeds("menu --delete --name gone")     # as in iPXE
