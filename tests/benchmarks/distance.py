"""A TCP proxy that makes a server on loopback as far away as one in another region. It serves until stdin is closed.

python distance.py URL SECONDS

SECONDS is the time of a round trip. Bytes take half of it in each direction. A new connection costs two round trips
more, because over the internet a client sends its first request only after the handshakes of TCP and of TLS 1.3, with
one round trip each. Here there is no TLS, and the kernel accepts at once, so the proxy keeps the first bytes back.
"""

import asyncio
import os
import sys
from urllib.parse import urlsplit

HANDSHAKES = 2


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float, ready: float) -> None:
    """Pass on what comes from `reader`, each piece `seconds` after it came, and none that came before `ready`."""
    clock = asyncio.get_running_loop().time
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            due, piece = await under_way.get()
            await asyncio.sleep(due - clock())
            if not piece:
                break
            writer.write(piece)
        writer.close()

    arriving = asyncio.create_task(arrive())
    piece = b"first"
    while piece:
        try:
            piece = await reader.read(65536)
        except ConnectionError:
            piece = b""
        under_way.put_nowait((max(clock(), ready) + seconds, piece))
    await arriving


async def serve(host: str, port: int, seconds: float) -> None:
    """Print the port of the proxy, and serve until the parent process closes stdin."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = asyncio.get_running_loop().time() + HANDSHAKES * seconds
        from_server, to_server = await asyncio.open_connection(host, port)
        there = carry(reader, to_server, seconds / 2, ready)
        await asyncio.gather(there, carry(from_server, writer, seconds / 2, ready))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # with the connections that are still open


if __name__ == "__main__":
    address = urlsplit(sys.argv[1])
    asyncio.run(serve(str(address.hostname), int(address.port or 80), float(sys.argv[2])))
