import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { concat, equalBytes } from '../../pwa/protocol/bytes.ts'
import { asAesKey, asMacKey, asPublicKey, asSharedSecret, webCrypto } from '../../pwa/protocol/primitives.ts'
import { toHex } from './hex.ts'
import { runWycheproof, WYCHEPROOF_SUITES } from './wycheproof.ts'

const primitives = webCrypto(globalThis.crypto)

/** `tests/e2e/wycheproof.test.ts` does the same in a page. */
describe('the primitives in Node', () => {
  test.each(WYCHEPROOF_SUITES)(
    'give the verdict of all $count Wycheproof cases: $suite',
    async ({ suite, file, count, invalid }) => {
      const text = readFileSync(new URL(`../vectors/wycheproof/${file}`, import.meta.url), 'utf8')
      expect(await runWycheproof(primitives, suite, text)).toEqual({ wrong: [], count, invalid })
    },
  )
})

describe('checkPublicKey', () => {
  test('refuses the compressed form of a good point', async () => {
    const { publicKey } = await primitives.generateKeyPair()
    await primitives.checkPublicKey(publicKey)
    const parity = (publicKey.at(-1) ?? 0) & 1
    const compressed = concat(Uint8Array.of(2 + parity), publicKey.subarray(1, 49))
    await expect(primitives.checkPublicKey(compressed)).rejects.toMatchObject({ code: 'bad_public_key' })
  })

  test('refuses the point at infinity and nothing at all', async () => {
    for (const bytes of [Uint8Array.of(0), new Uint8Array(0), new Uint8Array(97)])
      await expect(primitives.checkPublicKey(bytes)).rejects.toMatchObject({ code: 'bad_public_key' })
  })
})

describe('hmac', () => {
  test('is never equal to its own first half', async () => {
    const code = await primitives.hmac(asMacKey(new Uint8Array(32)), new Uint8Array(0))
    expect(equalBytes(code, code.subarray(0, 16))).toBe(false)
  })
})

describe('sha256 and sha512', () => {
  test('give the published hashes of "abc"', async () => {
    const abc = new TextEncoder().encode('abc')
    expect(toHex(await primitives.sha256(abc))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    expect(toHex(await primitives.sha512(abc))).toBe(
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
        '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    )
  })
})

describe('generateKeyPair', () => {
  test('gives fresh pairs whose halves belong together', async () => {
    const a = await primitives.generateKeyPair()
    const b = await primitives.generateKeyPair()
    expect(equalBytes(a.publicKey, b.publicKey)).toBe(false)
    const atA = await primitives.agree(a.privateKey, b.publicKey)
    const atB = await primitives.agree(b.privateKey, a.publicKey)
    expect(atA).toEqual(atB)
    expect(atA).toHaveLength(48)
  })
})

describe('random', () => {
  test('gives as many bytes as asked, and others each time', () => {
    expect(primitives.random(16)).toHaveLength(16)
    expect(equalBytes(primitives.random(16), primitives.random(16))).toBe(false)
  })
})

describe('asPublicKey, asSharedSecret, asAesKey, asMacKey', () => {
  test('refuse bytes of another size', () => {
    const sizes = [
      [asPublicKey, 97],
      [asSharedSecret, 144],
      [asAesKey, 32],
      [asMacKey, 32],
    ] as const
    for (const [as, sizeBytes] of sizes) {
      expect(as(new Uint8Array(sizeBytes))).toHaveLength(sizeBytes)
      for (const wrong of [0, sizeBytes - 1, sizeBytes + 1])
        expect(() => as(new Uint8Array(wrong))).toThrow(expect.objectContaining({ code: 'malformed' }))
    }
  })
})
