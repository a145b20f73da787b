/** Owns the bounds of clients of an app-server, and of what they show. */
import { KiB, limit, MiB } from './limit.ts'

export const APP_CLIENT_LIMITS = {
  appClientConnectMs: limit(
    10_000,
    'ms',
    'a connection that does not stand by then, or does not say hello, is given up',
  ),
  appClientRequestMs: limit(60_000, 'ms', 'a request fails with APP_SERVER_SILENT'),
  appClientPingMs: limit(
    15_000,
    'ms',
    'a connection that does not answer a ping before the next is given up, and opened again',
  ),
  appClientMessageBytes: limit(128 * MiB, 'bytes', 'a connection with a longer message is closed'),
  appClientRetryMinMs: limit(
    250,
    'ms',
    'first wait before a lost connection is opened again; doubled each time, with jitter',
  ),
  appClientRetryMaxMs: limit(10_000, 'ms', 'the longest such wait'),
  appClientOverloadTries: limit(
    8,
    'count',
    'a request that the server was too busy for so often fails with what it said',
  ),
  appClientHeld: limit(20_000, 'count', 'more news of a thread while it is taken up again: it is read anew instead'),
  appClientQuestions: limit(256, 'count', 'the oldest question of a server is forgotten, and declined'),
  tuiMessageChars: limit(200_000, 'chars', 'of a longer message the beginning is not shown'),
  tuiOutputChars: limit(16_384, 'chars', 'of longer output of a command the beginning is not shown'),
  tuiOutputLines: limit(12, 'count', 'lines of output shown of a command'),
  tuiDiffLines: limit(400, 'count', 'lines shown of a diff'),
  tuiHistory: limit(200, 'count', 'the oldest prompt is forgotten'),
  tuiPromptChars: limit(1_000_000, 'chars', 'what is pasted beyond is dropped, and said to be'),
  tuiCopyBytes: limit(1 * MiB, 'bytes', 'a longer answer is not copied; terminals take no more'),
  tuiFrameMs: limit(50, 'ms', 'news within that time are drawn at once'),
  tuiEscapeMs: limit(50, 'ms', 'an Escape that nothing follows by then is the key of that name'),
  execReconnects: limit(60, 'count', '"towline exec" gives up a server that did not come back by then'),
  execSchemaBytes: limit(256 * KiB, 'bytes', 'a longer file of --output-schema is refused'),
} as const
