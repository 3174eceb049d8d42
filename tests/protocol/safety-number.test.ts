import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asPublicKey } from '../../pwa/protocol/primitives.ts'
import { safetyNumber, type IdentifiedAccount } from '../../pwa/protocol/safety-number.ts'
import { makeTools } from './two-parties.ts'

const MOST = Number.MAX_SAFE_INTEGER
const tools = makeTools()
const numberOf = (one: IdentifiedAccount, other: IdentifiedAccount) => safetyNumber(tools, one, other)

/** Only its bytes count here: a safety number is made from any 97 of them. */
const keyOf = (fill: Uint8Array | number) => {
  const rest = typeof fill === 'number' ? new Uint8Array(96).fill(fill) : fill
  return asPublicKey(Uint8Array.of(4, ...rest))
}
const party = (account: number, fill: number): IdentifiedAccount => ({ account, identity: keyOf(fill) })

/** The specification once more, with Node's own hash and nothing of the app's code. */
function independentNumber(...parties: readonly IdentifiedAccount[]): string {
  return parties
    .toSorted((a, b) => a.account - b.account)
    .map(({ account, identity }) => {
      const id = Buffer.alloc(8)
      id.writeBigUInt64BE(BigInt(account))
      let hash = sha512(Buffer.from('letterlock/safety/v1', 'ascii'), id, identity)
      for (let round = 0; round < 5200; round += 1) hash = sha512(hash, identity)
      const groups = [0, 5, 10, 15, 20, 25].map((at) => hash.readUIntBE(at, 5) % 100_000)
      return groups.map((group) => String(group).padStart(5, '0')).join('')
    })
    .join('')
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Frozen: made from the specification with another language's hash. A change of these is a change of the protocol. */
const FROZEN = [
  [party(7, 1), party(12, 2), '403965850806892434111333577672272447593602878081715078230923'],
  [party(MOST, 1), party(1, 255), '113668543015407826169909025575503314995624895764597092810173'],
  [party(400, 0), party(401, 0), '138526297663148049117234503138676044174771461415678073302178'],
] as const

describe('safetyNumber', () => {
  test.each(FROZEN)('gives the frozen digits (%#)', async (one, other, digits) => {
    expect(await numberOf(one, other)).toBe(digits)
    expect(independentNumber(one, other)).toBe(digits)
  })

  test('is the same from both sides, 60 digits, and what another program makes of the specification', async () => {
    const parties = fc.uniqueArray(
      fc.record({
        account: fc.integer({ min: 1, max: MOST }),
        identity: fc.uint8Array({ minLength: 96, maxLength: 96 }).map(keyOf),
      }),
      { minLength: 2, maxLength: 2, selector: ({ account }) => account },
    )
    await fc.assert(
      fc.asyncProperty(parties, async ([one, other]) => {
        if (!one || !other) throw new Error('two parties were asked for')
        const number = await numberOf(one, other)
        expect(number).toMatch(/^[0-9]{60}$/)
        expect(await numberOf(other, one)).toBe(number)
        expect(independentNumber(one, other)).toBe(number)
      }),
      { numRuns: 4 },
    )
  })

  test('changes with every account and every bit of a key', async () => {
    const one = party(7, 1)
    const other = party(12, 2)
    const changed = (bit: number): IdentifiedAccount => {
      const identity = Uint8Array.from(other.identity)
      identity[bit >> 3] = (identity[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return { ...other, identity: asPublicKey(identity) }
    }
    const others = [other, { ...other, account: 13 }, ...[8, 100, 775].map(changed)]
    const numbers = await Promise.all([
      numberOf({ ...one, account: 8 }, other),
      numberOf({ ...one, identity: keyOf(3) }, other),
      ...others.map((each) => numberOf(one, each)),
    ])
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test("holds the lower account's digits first, whatever the other one is", async () => {
    const digits = await numberOf(party(7, 1), party(12, 2))
    expect(await numberOf(party(7, 1), party(9, 3))).toMatch(new RegExp(`^${digits.slice(0, 30)}`))
    expect(await numberOf(party(3, 4), party(12, 2))).toMatch(new RegExp(`${digits.slice(30)}$`))
  })
})
