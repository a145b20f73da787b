/** Owns the bounds of the exec-server that Codex runs commands and files through. */
import { KiB, limit, MiB } from './limit.ts'

export const APP_SERVER_LIMITS = {
  execServerMessageBytes: limit(64 * MiB, 'bytes', 'a connection with a longer message is closed'),
  execServerRequests: limit(128, 'count', 'no more is read of a connection with that many requests under way'),
  execServerQueueBytes: limit(
    512 * KiB,
    'bytes',
    'while a client has that much to read, the output of its processes waits',
  ),
  execServerSessions: limit(64, 'count', 'a further session is refused with LIMIT_REACHED'),
  execServerProcesses: limit(128, 'count', 'a further process of a session is refused with LIMIT_REACHED'),
  execServerOutputBytes: limit(
    4 * MiB,
    'bytes',
    'of the output of a process that was sent the oldest is forgotten; one whose client is away waits',
  ),
  execServerDetachMs: limit(60_000, 'ms', 'a session that nobody came back to ends with its processes'),
  execServerEndedMs: limit(60_000, 'ms', 'a process that ended is forgotten with its output'),
  execServerWaitMs: limit(60_000, 'ms', 'a read that waits for output answers without'),
  execServerKillGraceMs: limit(500, 'ms', 'a process that was asked to end is killed with all it started'),
  execServerStdinBytes: limit(1 * MiB, 'bytes', 'a write to a process that takes no more waits'),
  execServerWriteIds: limit(4096, 'count', 'the oldest write of a process is not recognised when it is repeated'),
  execServerFileBytes: limit(
    32 * MiB,
    'bytes',
    'a longer file is refused with EXEC_FILE_TOO_LONG; blocks of it can be read',
  ),
  execServerBlockBytes: limit(1 * MiB, 'bytes', 'a block is read no longer'),
  execServerHandles: limit(128, 'count', 'a further open file of a session is refused with LIMIT_REACHED'),
  execServerEntries: limit(50_000, 'count', 'a folder with more entries is refused with EXEC_FOLDER_TOO_LONG'),
  execServerWalkDepth: limit(64, 'count', 'a walk goes no deeper, and says that it is cut'),
  execServerHttpBytes: limit(
    16 * MiB,
    'bytes',
    'a longer answer to a request that is not streamed is cut off with an error',
  ),
  execServerHttpMs: limit(600_000, 'ms', 'a request that names no longer or shorter time is given up'),
  execServerHttpRequests: limit(32, 'count', 'a further HTTP request of a session is refused with LIMIT_REACHED'),
  sandboxEntries: limit(1024, 'count', 'a sandbox with more entries is refused'),
  sandboxScan: limit(100_000, 'count', 'a denied pattern that more files would be looked through for is refused'),
  // machines reached by SSH
  sshConfigBytes: limit(1 * MiB, 'bytes', 'what a file of an SSH configuration has beyond is not looked at'),
  sshConfigFiles: limit(64, 'count', 'further files that an SSH configuration includes are not looked at'),
  sshHosts: limit(4096, 'count', 'further hosts of an SSH configuration are not listed'),
  sshNoiseBytes: limit(
    256 * KiB,
    'bytes',
    'a machine whose shells print more before the program runs fails with SSH_NOISE',
  ),
  sshSaidChars: limit(8 * KiB, 'chars', 'the beginning of what OpenSSH says is forgotten'),
  sshStartMs: limit(60_000, 'ms', 'a machine on which the program does not run by then fails with SSH_SILENT'),
  sshKillMs: limit(2_000, 'ms', 'an SSH client that was asked to end is killed'),
  sshKeepAliveSeconds: limit(15, 's', 'a machine that said nothing that long is asked whether it is there'),
  sshKeepAliveCount: limit(3, 'count', 'a machine that answered none of so many questions counts as gone'),
  sshForwards: limit(16, 'count', 'a further connection to a forwarded app-server is refused'),
} as const
