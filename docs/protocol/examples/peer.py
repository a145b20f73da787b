#!/usr/bin/env python3
"""A Towline peer in one file, standard library only, written from docs/protocol/link.md and mux.md.

  TOWLINE_TOKEN=tow_... peer.py 127.0.0.1:8080 host NAME   hosts the private tunnel NAME: answers each stream in upper case
  TOWLINE_TOKEN=tow_... peer.py 127.0.0.1:8080 dial NAME   sends stdin to the private tunnel NAME, prints what comes back

It speaks the plain transport, so the engine must run on this machine (link.md section 1).
"""
import json
import os
import selectors
import socket
import struct
import sys
import time

PREFACE = b"TOWLINE/1\r\n\r\n"
OPEN, DATA, WINDOW, END, RESET, PING, PONG, CONTROL = range(1, 9)
FIXED = {WINDOW: 4, END: 0, RESET: 4, PING: 8, PONG: 8}
MAX_PAYLOAD = 65536
INITIAL_WINDOW = 262144
PING_SECONDS, PONG_SECONDS = 2.0, 4.0


class ProtocolError(Exception):
    pass


def frame(kind, stream_id, payload=b""):
    return struct.pack(">II", kind << 24 | len(payload), stream_id) + payload


class Stream:
    """One stream: what waits for credit, and what was consumed and not yet granted again."""

    def __init__(self, stream_id, credit):
        self.id, self.credit = stream_id, credit
        self.granted, self.consumed = INITIAL_WINDOW, 0
        self.unsent, self.ending = bytearray(), False
        self.sent_end, self.got_end = False, False


class Link:
    """The client's side of a link. `on` has methods named after what happens."""

    def __init__(self, address, on):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.on = on
        self.out, self.inbox = bytearray(PREFACE), bytearray()
        self.streams, self.next_id, self.last_peer_id = {}, 1, 0
        self.ping_at, self.heard_at, self.open = None, time.monotonic(), True

    # what this side says

    def say(self, message):
        self.out += frame(CONTROL, 0, json.dumps(message, separators=(",", ":")).encode())

    def open_stream(self, opening):
        stream = Stream(self.next_id, INITIAL_WINDOW)
        self.next_id += 2
        self.streams[stream.id] = stream
        self.out += frame(OPEN, stream.id, json.dumps(opening).encode())
        return stream

    def write(self, stream, data):
        stream.unsent += data
        self.push(stream)

    def end(self, stream):
        stream.ending = True
        self.push(stream)

    def consumed(self, stream, count):
        """The consumer took bytes: grant them again once half of the window was taken (mux.md section 4)."""
        stream.consumed += count
        if stream.consumed * 2 >= INITIAL_WINDOW and not stream.got_end:
            self.out += frame(WINDOW, stream.id, struct.pack(">I", stream.consumed))
            stream.granted += stream.consumed
            stream.consumed = 0

    def push(self, stream):
        while stream.unsent and stream.credit > 0:
            part = bytes(stream.unsent[: min(MAX_PAYLOAD, stream.credit)])
            del stream.unsent[: len(part)]
            stream.credit -= len(part)
            self.out += frame(DATA, stream.id, part)
        if stream.ending and not stream.unsent and not stream.sent_end:
            stream.sent_end = True
            self.out += frame(END, stream.id)
            self.finish(stream)

    def finish(self, stream):
        if stream.sent_end and stream.got_end and self.streams.pop(stream.id, None):
            self.on.over(self, stream, None)

    # what the engine says

    def receive(self, data):
        self.heard_at = time.monotonic()
        self.inbox += data
        while len(self.inbox) >= 8:
            word, stream_id = struct.unpack_from(">II", self.inbox)
            kind, length = word >> 24, word & 0xFFFFFF
            if kind not in range(OPEN, CONTROL + 1) or length > MAX_PAYLOAD or FIXED.get(kind, length) != length:
                raise ProtocolError(f"a frame of type {kind} with {length} bytes")
            if len(self.inbox) < 8 + length:
                return
            payload = bytes(self.inbox[8 : 8 + length])
            del self.inbox[: 8 + length]
            self.take(kind, stream_id, payload)

    def take(self, kind, stream_id, payload):
        stream = self.streams.get(stream_id)
        if kind == PING:
            self.out += frame(PONG, 0, payload)
        elif kind == PONG:
            self.ping_at = None
        elif kind == CONTROL:
            self.on.control(self, json.loads(payload))
        elif kind == OPEN:
            self.accept(stream_id, json.loads(payload))
        elif kind == DATA:
            self.take_data(stream, stream_id, payload)
        elif stream is None:
            return  # it crossed our RESET or END
        elif kind == WINDOW:
            stream.credit += struct.unpack(">I", payload)[0]
            self.push(stream)
            if not stream.unsent:
                self.on.drained(self, stream)
        elif kind == RESET:
            del self.streams[stream_id]
            self.on.over(self, stream, struct.unpack(">I", payload)[0])
        elif kind == END and not stream.got_end:
            stream.got_end = True
            self.on.ended(self, stream)
            self.finish(stream)

    def take_data(self, stream, stream_id, payload):
        if stream is None:
            past = stream_id < self.next_id if stream_id % 2 else stream_id <= self.last_peer_id
            if stream_id == 0 or not past:
                raise ProtocolError(f"data for stream {stream_id}, which was never opened")
            return
        stream.granted -= len(payload)
        if stream.got_end or stream.granted < 0:
            raise ProtocolError("more data than was granted")
        if payload:
            self.on.data(self, stream, payload)
            self.consumed(stream, len(payload))

    def accept(self, stream_id, opening):
        if stream_id == 0 or stream_id % 2 == 1 or stream_id <= self.last_peer_id:
            raise ProtocolError(f"an open of stream {stream_id}")
        self.last_peer_id = stream_id
        self.streams[stream_id] = Stream(stream_id, opening.get("window", INITIAL_WINDOW))
        self.on.opened(self, self.streams[stream_id], opening)

    # the loop

    def beat(self):
        now = time.monotonic()
        if self.ping_at is None:
            self.ping_at = now
            self.out += frame(PING, 0, bytes(8))
        elif now - max(self.ping_at, self.heard_at) > PONG_SECONDS:
            raise ProtocolError("the peer stopped answering")

    def run(self):
        """Until the link ends."""
        selector = selectors.DefaultSelector()
        selector.register(self.socket, selectors.EVENT_READ)
        next_beat = time.monotonic()
        while self.open or self.out:
            if time.monotonic() >= next_beat:
                self.beat()
                next_beat += PING_SECONDS
            want = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.out else 0)
            selector.modify(self.socket, want)
            for _, events in selector.select(max(0.0, next_beat - time.monotonic())):
                if events & selectors.EVENT_WRITE:
                    del self.out[: self.socket.send(self.out[:MAX_PAYLOAD])]
                if events & selectors.EVENT_READ:
                    data = self.socket.recv(MAX_PAYLOAD)
                    if not data:
                        return
                    self.receive(data)
        self.socket.shutdown(socket.SHUT_WR)


class Peer:
    """What host and dial share: hello, and telling of errors."""

    def __init__(self, name):
        self.name, self.status = name, 0

    def greet(self, link):
        token = os.environ["TOWLINE_TOKEN"]
        me = {"agent": "towline-peer-py/1", "os": sys.platform, "arch": os.uname().machine}
        link.say({"type": "hello", "min": 1, "max": 1, "token": token, **me})

    def control(self, link, message):
        kind = message["type"]
        if kind == "welcome":
            self.welcome(link)
        elif kind == "tunnel.opened":
            print(json.dumps({"status": "online", "url": message["tunnel"]["url"]}), flush=True)
        elif kind in ("error", "tunnel.close"):
            print(message.get("error", {}).get("message", "the tunnel was closed"), file=sys.stderr)
            self.status, link.open = 1, False

    def welcome(self, link):
        raise NotImplementedError

    def opened(self, link, stream, opening):
        pass

    def data(self, link, stream, data):
        pass

    def drained(self, link, stream):
        pass

    def ended(self, link, stream):
        pass

    def over(self, link, stream, code):
        pass


class Host(Peer):
    """Answers each stream in upper case, and ends it when the dialer has."""

    def welcome(self, link):
        link.say({"type": "tunnel.open", "ref": 1, "spec": {"kind": "private", "name": self.name}})

    def data(self, link, stream, data):
        link.write(stream, data.upper())

    def ended(self, link, stream):
        link.end(stream)


class Dialer(Peer):
    """Joins stdin and stdout to one stream."""

    def welcome(self, link):
        self.sending = True
        self.drained(link, link.open_stream({"dial": self.name}))

    def drained(self, link, stream):
        """Reads on as long as everything read before could be sent."""
        while self.sending and not stream.unsent:
            data = os.read(0, MAX_PAYLOAD)
            self.sending = bool(data)
            if data:
                link.write(stream, data)
            else:
                link.end(stream)

    def data(self, link, stream, data):
        sys.stdout.buffer.write(data)

    def over(self, link, stream, code):
        sys.stdout.buffer.flush()
        if code is not None:
            print(f"the stream was reset with code {code}", file=sys.stderr)
            self.status = 1
        link.say({"type": "goaway"})
        link.open = False


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in ("host", "dial"):
        sys.exit(__doc__)
    peer = (Host if sys.argv[2] == "host" else Dialer)(sys.argv[3])
    link = Link(sys.argv[1], peer)
    peer.greet(link)
    try:
        link.run()
    except KeyboardInterrupt:
        pass
    except (ProtocolError, OSError, ValueError, KeyError) as error:
        sys.exit(f"the link broke: {error}")
    sys.exit(peer.status)


if __name__ == "__main__":
    main()
