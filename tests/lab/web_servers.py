# SPDX-License-Identifier: BSD-2-Clause
"""Web servers as people run them, each with the files in a folder and a list of what is in it; and haproxy."""
import re
import time

from dhcp_servers import Server
from network import SERVER

# Who will not be root is somebody in a namespace of its own.
SOMEBODY = ["/usr/bin/unshare", "--user", "--map-user=1000", "--map-group=1000"]


def _serving(server, port):
    end = time.monotonic() + 60
    while not re.search(rf":{port:04X} [0-9A-F:]* 0A ", open("/proc/net/tcp").read() + open("/proc/net/tcp6").read()):
        if time.monotonic() > end:
            server.stop()
            raise AssertionError(server.said())
        time.sleep(0.02)
    return server


def apache(folder, root, port):
    """Packs what is below /packed, whoever asks."""
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in (
        "mpm_event", "authz_core", "dir", "autoindex", "mime", "filter", "deflate", "setenvif", "alias"))
    return _serving(Server(folder, "apache", SOMEBODY + ["/usr/sbin/apache2", "-DFOREGROUND", "-f", "{config}"], f"""
ServerRoot {folder}/apache
ServerName {SERVER}
PidFile {folder}/apache/pid
Mutex file:{folder}/apache
DefaultRuntimeDir {folder}/apache
ErrorLog {folder}/apache/errors
Listen {SERVER}:{port}
{modules}
TypesConfig /dev/null
DocumentRoot {root}
Alias /packed {root}
<Directory {root}>
    Require all granted
    Options Indexes
    IndexOptions FancyIndexing
</Directory>
<Location /packed>
    SetEnvIf Request_URI . force-gzip
    SetOutputFilter DEFLATE
</Location>
""", ""), port)


def lighttpd(folder, root, port):
    return _serving(Server(folder, "lighttpd", ["/usr/sbin/lighttpd", "-D", "-f", "{config}"], f"""
server.document-root = "{root}"
server.bind = "{SERVER}"
server.port = {port}
dir-listing.activate = "enable"
server.modules = ("mod_dirlisting")
""", ""), port)


def caddy(folder, root, port):
    return _serving(Server(folder, "caddy", ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", "{config}"],
                           f"""
{{
    admin off
    auto_https off
}}
http://{SERVER}:{port} {{
    bind {SERVER}
    root * {root}
    file_server browse
}}
""", "", {"HOME": "{folder}", "XDG_CONFIG_HOME": "{folder}", "XDG_DATA_HOME": "{folder}"}), port)


def python(folder, root, port):
    return _serving(Server(folder, "python", ["/usr/bin/python3", "-u", "-m", "http.server", "--bind", SERVER,
                                              "--directory", root, str(port)], "", ""), port)


def haproxy(folder, port, backends):
    """Asks the backends in turn."""
    servers = "\n".join(f"    server s{number} {SERVER}:{number}" for number in backends)
    return _serving(Server(folder, "haproxy", ["/usr/sbin/haproxy", "-db", "-f", "{config}"], f"""
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend lab
    bind {SERVER}:{port}
    default_backend files
backend files
    balance roundrobin
{servers}
""", ""), port)
