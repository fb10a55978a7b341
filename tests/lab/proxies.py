# SPDX-License-Identifier: BSD-2-Clause
"""Web proxies as people run them, each for user op with a password."""
import os
import subprocess

from dhcp_servers import Server
from network import SERVER

USER = {"squid": "op:p%40w", "tinyproxy": "op:secret"}


def squid(folder, port=3128):
    """Caches what has passed; asks who one is."""
    users = os.path.join(folder, "squid-users")
    secret = subprocess.run(["openssl", "passwd", "-apr1", "p@w"], capture_output=True, text=True, check=True).stdout
    with open(users, "w") as file:
        file.write("op:" + secret)
    # It will be nobody's root: not even that of the lab's namespace.
    somebody = ["/usr/bin/unshare", "--user", "--map-user=1000", "--map-group=1000"]
    return Server(folder, "squid", somebody + ["/usr/sbin/squid", "-N", "-d1", "-f", "{config}"], f"""
http_port {SERVER}:{port}
pid_filename none
cache_log /dev/null
access_log stdio:{folder}/squid/access.log
logfile_rotate 0
cache_mem 32 MB
maximum_object_size_in_memory 8 MB
shutdown_lifetime 0 seconds
pinger_enable off
refresh_pattern . 10 100% 60
auth_param basic program /usr/lib/squid/basic_ncsa_auth {users}
auth_param basic realm lab
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
""", "Accepting HTTP Socket connections")


def tinyproxy(folder, port=8888):
    return Server(folder, "tinyproxy", ["/usr/bin/tinyproxy", "-d", "-c", "{config}"], f"""
Port {port}
Listen {SERVER}
Timeout 60
MaxClients 20
LogLevel Info
BasicAuth op secret
""", "Starting main loop")
