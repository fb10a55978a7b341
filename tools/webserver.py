# SPDX-License-Identifier: BSD-2-Clause
"""A private nginx: own configuration, own folder, ended by its own process.

It needs no root and leaves a system's nginx alone.
Used by run.py, screenshot.py and the tests in tests/lab.
"""
import os
import re
import socket
import subprocess
import time

CONFIG = """
{user}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
	# One line a request; the first number is the connection's.
	log_format lab '$connection $connection_requests $status '
		'$body_bytes_sent "$request" "$http_user_agent"';
	access_log {folder}/access.log lab;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	default_type application/octet-stream;
	sendfile on;
	server {{
		# for requests(), below; from its own folder, for a socket's path has 107 bytes at the most
		listen unix:now;
		access_log off;
		return 204;
	}}
	server {{
		listen {address}:{port};
		root {root};
		{extra}
	}}
}}
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Request:
    def __init__(self, line):
        match = re.match(r'(\d+) (\d+) (\d+) (\d+) "(.*?)" "(.*)"', line)
        self.connection = int(match[1])
        self.nth = int(match[2])
        self.status = int(match[3])
        self.sent = int(match[4])
        self.line = match[5]
        self.agent = match[6]


class Nginx:
    def __init__(self, folder, root, address="127.0.0.1", port=80, extra=""):
        folder = os.path.abspath(folder)
        os.makedirs(folder, exist_ok=True)
        self.port = port
        self._access = os.path.join(folder, "access.log")
        self._folder = folder
        open(self._access, "w").close()
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w") as file:
            # As root, or what a namespace calls root, it would change to a
            # user who cannot read these files.
            user = "user root root;" if os.geteuid() == 0 else ""
            file.write(CONFIG.format(user=user, folder=folder, address=address,
                                     port=port, root=os.path.abspath(root), extra=extra))
        self._process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", folder, "-c", config,
             "-e", os.path.join(folder, "error.log")],
            cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection((address, port), 5).close()
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    self.stop()     # or it is there when the next one wants its place
                    raise RuntimeError(
                        f"nginx did not start, see {folder}/error.log")
            time.sleep(0.02)

    def requests(self):
        """What has been answered so far.  It is written down behind the answer's last byte, which the client may have
        before; but all in one turn, so that it is there once the next one has been answered."""
        if self._process.poll() is None:
            self._wait_for_turn()
        with open(self._access) as file:
            return [Request(line) for line in file]

    def _wait_for_turn(self):
        folder = os.open(self._folder, os.O_PATH)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(60)
            sock.connect(f"/proc/self/fd/{folder}/now")
            os.close(folder)
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while sock.recv(4096):
                pass

    def stop(self):
        self._process.terminate()
        self._process.wait()
