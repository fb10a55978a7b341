# SPDX-License-Identifier: BSD-2-Clause
"""What the cases of tests/conformance must cover, for lint.py.

Of each command in docs/ipxe.md's table there is one that shows its success, its failure, and its odd syntax: options,
`--`, or no words at all.  A case shows what its transcript proves: `CMD ... && echo > text` with that text
in it, or `CMD ... || echo > text`.  Each type, scope and built-in setting is in a case, too.
"""
import re

KINDS = ("success", "failure", "odd")
# What no script can see that goes on, and where it is tested instead.
_ENDS = "ends the machine, or the script"
_NOT_YET = "is not there yet, and none of the witnesses has it"
ELSEWHERE = {
    ("autoboot", "success"): _ENDS,
    ("certfree", "success"): "wants a certificate: tests/lab/test_https.py",
    ("certstore", "success"): "wants a certificate: tests/lab/test_https.py",
    ("config", "success"): "is a screen of its own",
    ("fcels", "success"): _NOT_YET,
    ("fcstat", "success"): _NOT_YET,
    ("help", "failure"): "iPXE's has none",
    ("help", "odd"): "iPXE's takes all",
    ("imgdecrypt", "success"): _NOT_YET,
    ("imgverify", "success"): "wants a signature: tests/world/test_signed.c",
    ("lotest", "success"): "goes on until Ctrl-C: tests/world/test_lotest.c",
    ("ntp", "success"): "wants a server: tests/lab/test_ntp.py",
    ("poweroff", "success"): _ENDS,
    ("pxebs", "success"): _ENDS,
    ("reboot", "success"): _ENDS,
    ("sanboot", "success"): _ENDS,
    ("sanhook", "success"): "there are no drives on other machines yet",
    ("shim", "failure"): "never does on a BIOS",
    ("usbscan", "success"): "no USB controllers are driven",
}


def _proves(said, line):
    """Whether the text behind `echo > ` is in the transcript, settings filled in with whatever."""
    wanted = ".*".join(re.escape(part) for part in re.split(r"\$\{[^ ]*\}+", line))
    return any(re.fullmatch(wanted, text.strip()) for text in said)


def _spoken_of(parts, first, last, said):
    """Those of a line's commands, from the first to the last, that its echo tells of."""
    echo = parts[last]
    if echo[:2] == ["echo", ">"]:       # CMD && echo > yes || echo > no
        return [] if _proves(said, " ".join(echo[2:])) else [part for part in parts[last - 1:last] if part]
    return [part for part in parts[first if not first else last:last + 1] if part]


def _shown(text):
    """{(command, kind)} of one case."""
    lines = text.split("\n")
    said = [line[3:] for line in lines if line.startswith("#> ")]
    script = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", "")
    for line in script.split("\n"):
        words = re.sub(r"\s#.*", "", line).split()
        parts, joints = [[]], []
        for word in words:
            if word in ("&&", "||"):
                joints.append(word)
                parts.append([])
            else:
                parts[-1].append(word)
        for i, joint in enumerate(joints):
            if parts[i + 1][:2] != ["echo", ">"] or not _proves(said, " ".join(parts[i + 1][2:])):
                continue
            kind = "success" if joint == "&&" else "failure"
            first = i
            while first and joints[first - 1] == joint:
                first -= 1
            for part in _spoken_of(parts, first, i, said):
                yield part[0], kind
                if any(word.startswith("-") for word in part[1:]) or (len(part) == 1 and kind == "failure"):
                    yield part[0], "odd"
    for line in lines:
        if line.startswith("#shows "):
            command, *kinds = line.partition(":")[0].split()[1:]
            yield from ((command, kind) for kind in kinds)


def problems(root):
    cases = [path.read_text() for path in sorted((root / "tests/conformance").glob("*.ipxe"))]
    shown = {pair for text in cases for pair in _shown(text)}
    commands = re.findall(r"^\| `(\w+)` \|", (root / "docs/ipxe.md").read_text(), re.M)
    for command in commands:
        for kind in KINDS:
            if ((command, kind) in shown) == ((command, kind) in ELSEWHERE):
                yield f"tests/conformance: {'a' if (command, kind) in shown else 'no'} case of {command}: {kind}" + \
                    ("; ELSEWHERE need not have it" if (command, kind) in ELSEWHERE else "")
    table = (root / "docs/script.md").read_text()
    every = "\n".join(cases)
    rows = re.findall(r"^\| ((?:`[^`]+`,? ?)+) \|", table[table.index("| type |"):], re.M)
    for name in re.findall(r"`([^`]+)`", " ".join(rows)):
        wanted = name.replace("N/", "0/").replace("N.", "0.").replace("N-TAG", "0-5") if "/" in name else f":{name}"
        if not re.search(re.escape(wanted) + r"(?!\w)" if wanted[0] == ":" else re.escape(wanted), every):
            yield f"tests/conformance: no case of {name}"
