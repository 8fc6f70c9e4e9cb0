"""Not every resolver knows that *.localhost is this machine (RFC 6761)."""

import socket
from typing import Any

_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
    """As `socket.getaddrinfo`."""
    name = host.decode() if isinstance(host, bytes) else host
    is_local = isinstance(name, str) and name.endswith(".localhost")
    return _getaddrinfo("127.0.0.1" if is_local else host, *rest, **named)


socket.getaddrinfo = getaddrinfo
