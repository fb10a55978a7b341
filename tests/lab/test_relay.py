# SPDX-License-Identifier: BSD-2-Clause
"""The bad cable itself: the same seed, the same fates."""
from network import noise
from relay import Fate

FRAMES = [noise(n, 60 + n % 1400) for n in range(2000)]
SETTINGS = {"loss": 0.1, "duplicate": 0.1, "corrupt": 0.1, "truncate": 0.1,
            "reorder": 0.1, "delay_ms": 5, "jitter_ms": 5}


def run(seed, **settings):
    fate = Fate(seed)
    fate.settings = settings
    return [fate.decide(frame) for frame in FRAMES]


def test_same_seed_same_fates():
    assert run(1, **SETTINGS) == run(1, **SETTINGS)
    assert run(1, **SETTINGS) != run(2, **SETTINGS)


def test_nothing_set_changes_nothing():
    assert run(1) == [[(frame, 0)] for frame in FRAMES]


def test_each_setting_does_what_it_says():
    def share(test, **settings):
        results = run(3, **settings)
        return sum(map(test, results, FRAMES)) / len(FRAMES)

    assert 0.08 < share(lambda r, f: not r, loss=0.1) < 0.12
    assert 0.08 < share(lambda r, f: len(r) == 2, duplicate=0.1) < 0.12
    assert 0.08 < share(lambda r, f: r[0][0] != f, corrupt=0.1) < 0.12
    assert 0.08 < share(lambda r, f: len(r[0][0]) < len(f),
                        truncate=0.1) < 0.12
    assert 0.08 < share(lambda r, f: r[0][1] > 0, reorder=0.1) < 0.12


def test_settings_do_not_shift_other_fates():
    lost = [not r for r in run(4, loss=0.1)]
    assert [not r for r in run(4, **SETTINGS)] == lost


def test_dark_for_a_time_once():
    fate = Fate(5)
    fate.settings = {"dark_after": 3, "dark_ms": 5000}
    passed = [bool(fate.decide(FRAMES[0], now))
              for now in (100, 101, 102, 106.9, 107, 200)]
    assert passed == [True, True, False, False, True, True]


def test_waits_for_a_port():
    fate = Fate(6)
    fate.settings = {"loss": 1, "from_port": 80}
    tcp = bytes(12) + b"\x08\0\x45" + bytes(8) + b"\x06" + bytes(10)
    assert fate.decide(FRAMES[0]) and fate.decide(tcp + b"\0\x51\0\x52")
    assert not fate.decide(tcp + b"\0\x50\x12\x34")
    assert not fate.decide(FRAMES[0])


def test_counts_what_is_lost_when_sent_again():
    fate = Fate(7)
    fate.settings = {"loss": 1}
    head = bytes(12) + b"\x08\0\x45\0"
    tcp = bytes(4) + b"\x40\x06" + bytes(10)
    for length, number in (1400, 1), (1400, 2), (1400, 1), (60, 3), (60, 3):
        fate.decide(head + length.to_bytes(2, "big") + tcp +
                    b"\0\x50\x12\x34" + bytes(3) + bytes([number]))
    assert fate.lost_again == 1
