# SPDX-License-Identifier: BSD-2-Clause
"""A browser for tests: Chromium without a window, driven by the W3C's WebDriver protocol."""
import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--hide-scrollbars", "--no-proxy-server"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One tab.  Use it as a context manager."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        environment = dict(os.environ, HOME=self._folder.name, XDG_CONFIG_HOME=self._folder.name)
        self._driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL, env=environment, start_new_session=True)
        for line in self._driver.stdout:
            if match := re.search(r"successfully on port (\d+)", line):
                break
        self._base = f"http://127.0.0.1:{match[1]}/session"
        options = {"args": [*FLAGS, f"--user-data-dir={self._folder.name}/profile"]}
        asked = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            self._base += "/" + self._call("", {"capabilities": {"alwaysMatch": asked}})["sessionId"]
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError, urllib.error.URLError, RuntimeError):
            self._call("", method="DELETE")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._driver.pid, signal.SIGKILL)
        self._driver.wait()
        self._driver.stdout.close()
        self._folder.cleanup()

    def _call(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(json.load(error)["value"]["message"]) from None

    def go(self, url):
        self._call("/url", {"url": url})

    def resize(self, size):
        """As a device of SIZES has it."""
        width, height = SIZES[size]
        self._call("/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}})

    def eval(self, script, *arguments):
        return self._call("/execute/sync", {"script": "return " + script, "args": arguments})

    def until(self, script, within=120):
        """Wait until that is true; its value."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if value := self.eval(script):
                return value
            time.sleep(0.1)
        raise AssertionError(f"not within {within} s: {script}; the page shows:\n{self.text('body')}")

    def _find(self, selector):
        return self._call("/element", {"using": "css selector", "value": selector})[ELEMENT]

    def text(self, selector):
        return self._call(f"/element/{self._find(selector)}/text")

    def click(self, selector):
        self._call(f"/element/{self._find(selector)}/click", {})

    def type(self, selector, text):
        self._call(f"/element/{self._find(selector)}/value", {"text": text})

    def complaints(self):
        """What the page's console says is wrong."""
        return [entry["message"] for entry in self._call("/se/log", {"type": "browser"})
                if entry["level"] in ("SEVERE", "WARNING")]

    def screenshot(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._call("/screenshot")))
