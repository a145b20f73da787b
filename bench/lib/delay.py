"""A delay line: two network namespaces joined by two TUN devices; every packet crosses after a fixed one-way delay.

Usage: unshare --net python3 delay.py ONE_WAY_MS. The process's own namespace is side A; a child holds side B. Prints
one JSON line {"a": {"pid", "address"}, "b": {...}} and runs until stdin ends or a parent dies; the namespaces have no
names, so nothing outlives the processes. Packets keep their virtio header (TUN offload), so that 64 KiB segments cross
in one read and the line itself is not the limit; beyond QUEUE_BYTES in flight a packet is dropped, as a router would.
"""
import collections, ctypes, fcntl, json, os, select, signal, socket, struct, subprocess, sys, time

TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4 = 0x01, 0x02
CLONE_NEWNET, PR_SET_PDEATHSIG = 0x40000000, 1
QUEUE_BYTES, PACKET_BYTES, BURST = 64 << 20, 70_000, 64
SIDES = {"a": "10.98.0.1", "b": "10.98.0.2"}
libc = ctypes.CDLL(None, use_errno=True)


def open_side(address):
    """Opens a TUN device in the current namespace and brings it and loopback up."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", b"line", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
    fcntl.ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4)
    for words in (f"addr add {address}/24 dev line", "link set line mtu 1500 txqueuelen 10000 up", "link set lo up"):
        subprocess.run(["ip", *words.split()], check=True)
    return fd


def hold_side_b(channel):
    """In the child: enters a new namespace, hands the device to the parent, stays until the parent dies."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    socket.send_fds(channel, [b"b"], [open_side(SIDES["b"])])
    signal.pause()


def run_line(fds, delay):
    """Moves packets between the two devices until stdin ends."""
    queue, queued, other = collections.deque(), 0, {fds[0]: fds[1], fds[1]: fds[0]}
    while True:
        wait = max(0.0, queue[0][0] - time.monotonic()) if queue else 0.2
        ready, _, _ = select.select([*fds, 0], [], [], wait)
        if 0 in ready and not os.read(0, 1):
            return
        for fd in (fd for fd in ready if fd != 0):
            for _ in range(BURST):
                try:
                    packet = os.read(fd, PACKET_BYTES)
                except BlockingIOError:
                    break
                if queued < QUEUE_BYTES:
                    queue.append((time.monotonic() + delay, other[fd], packet))
                    queued += len(packet)
        now = time.monotonic()
        while queue and queue[0][0] <= now:
            _, out, packet = queue.popleft()
            queued -= len(packet)
            try:
                os.write(out, packet)
            except OSError:
                pass


def main():
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        hold_side_b(there)
    a = open_side(SIDES["a"])
    _, (b,), _, _ = socket.recv_fds(here, 1, 1)
    pids = {"a": os.getpid(), "b": child}
    print(json.dumps({side: {"pid": pids[side], "address": SIDES[side]} for side in SIDES}), flush=True)
    try:
        run_line([a, b], float(sys.argv[1]) / 1000)
    finally:
        os.kill(child, signal.SIGKILL)


main()
