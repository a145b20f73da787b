/** Owns reading a terminal on within one turn: what the kernel gives in small reads becomes one piece. */

/** Linux gives no more of a terminal in one read, whatever the buffer: a turn of the loop for each costs more than the read. */
const TTY_READ_BYTES = 4096
/** From here on a read is part of much output, and more is likely there. */
const BULK_BYTES = 2048

export interface ReadOn {
  /** Bytes that are wanted; the last read may give some more. */
  readonly room: number
  /** Bytes read into this part of the buffer; 0 when nothing is there now. */
  readonly read: (into: Buffer) => number
}

/** Fills `buffer`, which holds `held` bytes of the last read, as long as each read gives much. Answers how much it holds then. */
export const readOn = (buffer: Buffer, held: number, { room, read }: ReadOn): number => {
  const most = Math.min(room, buffer.length - TTY_READ_BYTES + 1)
  let end = held
  for (let count = held; count >= BULK_BYTES && end < most; end += count) count = read(buffer.subarray(end))
  return end
}
