# SPDX-License-Identifier: BSD-2-Clause
"""The web console as the host runs it, on a loader that is played (loader.c): on this machine's own address only."""
import os
import socket
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ADDRESS = "127.0.0.1"
PASSWORD = "of the lab 1234"


def free_port():
    with socket.socket() as sock:
        sock.bind((ADDRESS, 0))
        return sock.getsockname()[1]


class Console:
    """One that runs, with settings ("name=value"); use it as a context manager."""

    def __init__(self, *settings, options=()):
        self._settings = ";".join(settings)
        self._options = options
        self.port = free_port()
        self.host = f"{ADDRESS}:{self.port}"
        self.url = f"http://{self.host}/"
        self.start()

    def start(self):
        environment = dict(os.environ, LOADER_SET=self._settings) if self._settings else os.environ
        self.process = subprocess.Popen([os.path.join(TOP, "build/web/web"), *self._options, str(self.port), ADDRESS],
                                        env=environment, stdout=subprocess.DEVNULL)
        for _ in range(3000):
            try:
                socket.create_connection((ADDRESS, self.port), 1).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.01)
        raise AssertionError("it does not listen")

    def stop(self):
        """It must have been alive till now."""
        assert self.process.poll() is None, f"it has ended: {self.process.returncode}"
        self.process.terminate()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        elif not kind:
            raise AssertionError(f"it has ended: {self.process.returncode}")
