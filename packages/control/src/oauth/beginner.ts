/**
 * Owns whose browser began a login. Cookies prove nothing about that: a page of a tunnel, which shares our site, can set in
 * another person's browser those that the beginner's has.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** New with each process: nobody waits longer than for a redirect. */
const KEY = randomBytes(32)

const beginners = new WeakMap<IncomingMessage, string>()

/** `userId` is signed in at the browser that sends the request. */
export const keepBeginner = (request: IncomingMessage, userId: string): void => {
  beginners.set(request, userId)
}

export const beginnerOf = (request: IncomingMessage): string | undefined => beginners.get(request)

/** The page of an interaction, with a mark of who began it as long as the OAuth server does not know the person itself. */
export const interactionUrl = (request: IncomingMessage, uid: string): string => {
  const userId = beginnerOf(request)
  return `/interaction/${uid}${userId === undefined ? '' : `?by=${markOf(uid, userId)}`}`
}

/** Whether the mark is that of a person. */
export const hasBegun = (mark: string | undefined, uid: string, userId: string): boolean => {
  const [one, other] = [Buffer.from(mark ?? ''), Buffer.from(markOf(uid, userId))]
  return one.length === other.length && timingSafeEqual(one, other)
}

const markOf = (uid: string, userId: string): string =>
  createHmac('sha256', KEY).update(`${uid}\0${userId}`).digest('base64url')
