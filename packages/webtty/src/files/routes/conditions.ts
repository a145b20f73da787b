/** Owns conditional requests: If-Match and If-None-Match (RFC 9110 §13). */
import type { IncomingHttpHeaders } from 'node:http'
import type { BigIntStats } from 'node:fs'
import { AppError } from '@towline/protocol'
import { etagOf } from '../root/entry.ts'

/** What a change asks of what is there now. */
export interface Conditions {
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
}

export const conditionsOf = ({
  'if-match': ifMatch,
  'if-none-match': ifNoneMatch,
}: IncomingHttpHeaders): Conditions => ({
  ...(ifMatch === undefined ? {} : { ifMatch }),
  ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
})

/** A tag, weak or strong (RFC 9110 §8.8.3). */
const TAG = /(W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

/** Whether the list names what is there; `*` names whatever is. Weak tags are never equal here. */
export const names = (list: string, now: BigIntStats | undefined): boolean => {
  if (now === undefined) return false
  return list.trim() === '*' || (list.match(TAG) as string[] | null)?.includes(etagOf(now)) === true
}

/** Throws FILE_CHANGED unless what is there now is what the request expects. */
export const checkConditions = ({ ifMatch, ifNoneMatch }: Conditions, now: BigIntStats | undefined): void => {
  const fails =
    (ifMatch !== undefined && !names(ifMatch, now)) || (ifNoneMatch !== undefined && names(ifNoneMatch, now))
  if (fails) throw new AppError('FILE_CHANGED')
}
