/** What the stories do to envelopes and bytes on their way. */
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'

/** Our own envelope with other members. */
export const withMembers = (envelope: string, members: object): string =>
  JSON.stringify({ ...(JSON.parse(envelope) as object), ...members }) // our own envelope

export function flipFirst(bytes: Bytes): Bytes {
  const flipped = bytes.slice()
  flipped[0] = (flipped[0] ?? 0) ^ 1
  return flipped
}

/** For a seal that is appended more than once. */
export const fixedId = (number: number): string => toBase64url(new Uint8Array(16).fill(number))
