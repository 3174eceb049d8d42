/** The work that answers a captcha without its picture; `wire/captcha.ts` says what it is. */
import { createHash } from 'node:crypto'

/** Whether each part's number is one that was asked for. */
export const isWorkDone = (
  { nonce, bits }: { readonly nonce: Uint8Array; readonly bits: number },
  numbers: readonly number[],
): boolean => numbers.every((number, part) => hashPart(nonce, part, number) >>> (32 - bits) === 0)

/** The first 32 bits of a part's hash. */
function hashPart(nonce: Uint8Array, part: number, number: number): number {
  const tail = Buffer.alloc(5)
  tail.writeUInt8(part)
  tail.writeUInt32BE(number, 1)
  return createHash('sha256').update(nonce).update(tail).digest().readUInt32BE()
}
