# SPDX-License-Identifier: BSD-2-Clause
"""Web servers and a DHCP server that misbehave, each in its own way.

    server = OddServer()
    url = server.serve("/file", stall(content, after=1000))

A behaviour is a function(connection, request): it sends what it likes.  When
it returns True the connection is kept for the next request.
"""
import fcntl
import socket
import struct
import threading
import time

from network import SERVER, TAP

SIOCOUTQ = 0x5411       # bytes not yet acknowledged
TCP_REPAIR = 19         # closes silently


class Request:
    def __init__(self, head, connection):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, self.version = lines[0].split(" ")
        self.headers = {name.strip().lower(): value.strip()
                        for name, _, value in
                        (line.partition(":") for line in lines[1:])}
        self.connection = connection    # counted from 1

    def first_byte(self):
        """Where the client wants to go on, from its Range header."""
        value = self.headers.get("range", "bytes=0-")
        return int(value.partition("=")[2].partition("-")[0])


class DeafServer:
    """Answers the first request without reading it, and reads nothing until
    hear(): the second does not fit its window any more."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nheard"

    def __init__(self, address=SERVER, port=8081):
        self._listener = socket.socket()
        # The least there is: a window of about a kilobyte.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(1)
        self.port = port
        self.url = f"http://{address}:{port}/"

    def answer_unheard(self):
        self._conn, _ = self._listener.accept()
        self._conn.recv(1, socket.MSG_PEEK)
        self._conn.sendall(self.ANSWER)

    def hear(self):
        data = b""
        while data.count(b"\r\n\r\n") < 2:
            data += self._conn.recv(100)
        self._conn.sendall(self.ANSWER)
        self._conn.close()

    def stop(self):
        self._listener.close()


class OddServer:
    def __init__(self, address=SERVER, port=8080):
        self.requests = []
        self.connections = 0
        self._paths = {}
        self._address, self._port = address, port
        self._open = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def serve(self, path, behaviour):
        self._paths[path] = behaviour
        return f"http://{self._address}:{self._port}{path}"

    def count(self, path):
        return sum(request.path == path for request in self.requests)

    def _accept(self):
        while True:
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(conn)
            threading.Thread(target=self._talk, daemon=True,
                             args=(conn, self.connections)).start()

    def _talk(self, conn, number):
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    more = conn.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                request = Request(head, number)
                self.requests.append(request)
                behaviour = self._paths.get(request.path, status(404))
                if not behaviour(conn, request):
                    return
        except OSError:
            pass    # the client has gone, or stop() has closed it
        finally:
            conn.close()

    def stop(self):
        # Without this, the thread that accepts would keep the port.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in self._open:
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def head(length=None, status="200 OK", *more):
    lines = [f"HTTP/1.1 {status}"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join(lines + list(more) + ["", ""]).encode()


def good(content):
    def behave(conn, request):
        conn.sendall(head(len(content)) + content)
        return True
    return behave


def status(code, text="Odd", body=b"sorry\n"):
    def behave(conn, request):
        conn.sendall(head(len(body), f"{code} {text}") + body)
        return True
    return behave


def redirect(to, code=302):
    def behave(conn, request):
        conn.sendall(head(0, f"{code} Found", f"Location: {to}"))
        return True
    return behave


def all_acknowledged(conn):
    """Waits until the other side has all that was sent."""
    while any(fcntl.ioctl(conn, SIOCOUTQ, bytes(4))):
        time.sleep(0.01)


def reset(content, after, *more):
    """Sends AFTER bytes of the body, then breaks the connection off (RST)."""
    def behave(conn, request):
        conn.sendall(head(len(content), "200 OK", *more) + content[:after])
        all_acknowledged(conn)
        time.sleep(0.2)     # let them be read: an RST discards what is queued
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        return False
    return behave


def stall(content, after):
    """Sends AFTER bytes of the body, then nothing more, for ever."""
    def behave(conn, request):
        conn.sendall(head(len(content)) + content[:after])
        while conn.recv(65536):
            pass
        return False
    return behave


def vanish(content, after):
    """Sends AFTER bytes of the body; when all are acknowledged, the connection
    is gone without a FIN or a RST, as after a crash."""
    def behave(conn, request):
        conn.sendall(head(len(content)) + content[:after])
        all_acknowledged(conn)
        conn.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        return False
    return behave


def short(content, missing):
    """Closes the connection MISSING bytes before the promised end."""
    def behave(conn, request):
        conn.sendall(head(len(content)) + content[:-missing])
        return False
    return behave


def until_close(content):
    """No length: the end of the connection ends the body."""
    def behave(conn, request):
        conn.sendall(head(None, "200 OK", "Connection: close") + content)
        return False
    return behave


def closing(content):
    """A whole answer without a word about closing; then it closes."""
    def behave(conn, request):
        conn.sendall(head(len(content)) + content)
        return False
    return behave


def chunked(content, size=1000, end=b"0\r\n\r\n"):
    def behave(conn, request):
        conn.sendall(head(None, "200 OK", "Transfer-Encoding: chunked"))
        for i in range(0, len(content), size):
            chunk = content[i:i + size]
            conn.sendall(b"%x;odd=yes\r\n" % len(chunk) + chunk + b"\r\n")
        conn.sendall(end)
        return bool(end)
    return behave


def drip(begin, bit, every=0.5):
    """BEGIN, then BIT again and again, for ever."""
    def behave(conn, request):
        conn.sendall(begin)
        while True:
            conn.sendall(bit)
            time.sleep(every)
    return behave


def slow(content, bytes_per_second):
    def behave(conn, request):
        conn.sendall(head(len(content)))
        step = max(1, bytes_per_second // 20)
        for i in range(0, len(content), step):
            conn.sendall(content[i:i + step])
            time.sleep(0.05)
        return True
    return behave


def resumable(content, breaks_after, tag='"one"'):
    """Breaks the first answer off; a request for the rest of the same file
    gets it."""
    def behave(conn, request):
        first = request.first_byte()
        if first == 0:
            return reset(content, breaks_after, f"ETag: {tag}")(conn, request)
        if request.headers.get("if-range") != tag:
            return good(content)(conn, request)
        conn.sendall(head(len(content) - first, "206 Partial Content",
                          f"Content-Range: bytes {first}-{len(content) - 1}"
                          f"/{len(content)}", f"ETag: {tag}") +
                     content[first:])
        return True
    return behave


def raw(data):
    """Whatever DATA is, instead of an answer."""
    def behave(conn, request):
        conn.sendall(data)
        return False
    return behave


class OddDhcp:
    """Answers Undine's own DHCP messages, and nobody else's, with what each of
    ANSWERS makes of the message: a whole BOOTP reply, or None.  On a packet
    socket, beside dnsmasq, which is told to ignore Undine."""

    DNSMASQ = ("--dhcp-ignore=tag:undine",)

    def __init__(self, *answers):
        self._answers = answers
        self.asked = 0
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                   socket.htons(0x0800))
        self._sock.bind((TAP, 0x0800))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                frame = self._sock.recv(2048)
            except OSError:
                return
            if frame[23:24] != b"\x11" or \
                    frame[34:38] != struct.pack("!HH", 68, 67):
                continue
            message = frame[42:]
            # Option 77 with the bare string, as option 60 says PXEClient.
            if b"\x4d\x06Undine" not in message:
                continue
            self.asked += 1
            for answer in self._answers:
                reply = answer(message)
                if reply is not None:
                    self._sock.send(self._frame(frame[6:12], reply))

    @staticmethod
    def _frame(to, reply):
        udp = struct.pack("!HHHH", 67, 68, 8 + len(reply), 0) + reply
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64,
                         17, 0, socket.inet_aton(SERVER), b"\xff" * 4)
        total = sum(struct.unpack("!10H", ip))
        total = (total & 0xffff) + (total >> 16)
        total = (total & 0xffff) + (total >> 16)
        ip = ip[:10] + struct.pack("!H", ~total & 0xffff) + ip[12:]
        return to + b"\x02\0\0\0\0\x01" + b"\x08\0" + ip + udp

    def stop(self):
        self._sock.close()


def dhcp_reply(message, kind, yours, options=b"", cookie=b"\x63\x82\x53\x63"):
    """A BOOTP reply to MESSAGE: KIND 2 offers, 5 acknowledges, 6 refuses."""
    return (b"\x02\x01\x06\0" + message[4:8] + b"\0" * 8 +
            socket.inet_aton(yours) + socket.inet_aton(SERVER) + b"\0" * 4 +
            message[28:44] + b"\0" * 192 + cookie +
            bytes((53, 1, kind)) + options)
