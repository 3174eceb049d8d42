import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { concat, equalBytes, fromBase64url } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'
import { asAesKey, asMacKey, asPublicKey, asSharedSecret, webCrypto } from '../../pwa/protocol/primitives.ts'
import type { MacKey, PublicKey } from '../../pwa/protocol/primitives.ts'
import { fromHex as hex, toHex } from './hex.ts'
import { pkcs8 } from './seeded-primitives.ts'

const primitives = webCrypto(globalThis.crypto)

interface Case {
  readonly tcId: number
  readonly result: 'valid' | 'invalid'
}
type Jwk = { readonly x: string; readonly y: string; readonly d: string }

/** All cases of a file, each with the fields of its group. */
function readCases<Fields, GroupFields = object>(name: string): (Case & Fields & GroupFields)[] {
  const url = new URL(`../vectors/wycheproof/${name}`, import.meta.url)
  // The files are pinned and their counts asserted: a wrong shape fails every test below.
  const file: { testGroups: (GroupFields & { tests: (Case & Fields)[] })[] } = JSON.parse(
    readFileSync(url, 'utf8'),
  )
  return file.testGroups.flatMap((group) => group.tests.map((one) => ({ ...group, ...one })))
}

/** Vectors hold keys that `asMacKey` and `asPublicKey` would refuse; the primitives must cope with them. */
const isMacKeyOfAnySize = (bytes: Bytes): bytes is MacKey => bytes.length > 0
const isPublicKeyOfAnySize = (bytes: Bytes): bytes is PublicKey => bytes.length > 0

const point = ({ x, y }: Omit<Jwk, 'd'>): Bytes =>
  concat(Uint8Array.of(4), fromBase64url(x), fromBase64url(y))

async function verdicts<T extends Case>(cases: readonly T[], isValid: (one: T) => Promise<boolean>) {
  const wrong: number[] = []
  for (const one of cases) if ((await isValid(one)) !== (one.result === 'valid')) wrong.push(one.tcId)
  return { wrong, count: cases.length, invalid: cases.filter(({ result }) => result === 'invalid').length }
}

describe('agree', () => {
  const cases = readCases<{ public: Omit<Jwk, 'd'>; private: Jwk; shared: string }>(
    'ecdh_secp384r1_webcrypto_test.json',
  )

  test('gives the verdict and the secret of all 794 Wycheproof cases', async () => {
    const outcome = await verdicts(cases, async ({ public: theirs, private: ours, shared }) => {
      const publicKey = point(theirs)
      if (!isPublicKeyOfAnySize(publicKey)) return false
      const isPoint = await primitives.checkPublicKey(publicKey).then(
        () => true,
        () => false,
      )
      try {
        const secret = await primitives.agree(pkcs8(fromBase64url(ours.d), point(ours)), publicKey)
        return isPoint && equalBytes(secret, hex(shared))
      } catch {
        if (isPoint) throw new Error('a checked key was refused')
        return false
      }
    })
    expect(outcome).toEqual({ wrong: [], count: 794, invalid: 23 })
  })
})

describe('checkPublicKey', () => {
  test('refuses every invalid Wycheproof point with bad_public_key', async () => {
    const cases = readCases<{ public: Omit<Jwk, 'd'> }>('ecdh_secp384r1_webcrypto_test.json')
    const invalid = cases.filter(({ result }) => result === 'invalid')
    expect(invalid).toHaveLength(23)
    for (const { public: theirs } of invalid)
      await expect(primitives.checkPublicKey(point(theirs))).rejects.toMatchObject({ code: 'bad_public_key' })
  })

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

describe('encrypt and decrypt', () => {
  type Fields = { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
  const cases = readCases<Fields, { keySize: number; ivSize: number }>('aes_gcm_test.json').filter(
    ({ keySize, ivSize }) => keySize === 256 && ivSize === 96,
  )

  test('give the verdict and the bytes of the 66 Wycheproof cases with a 256-bit key and a 96-bit IV', async () => {
    const outcome = await verdicts(cases, async (one) => {
      const key = asAesKey(hex(one.key))
      const sealed = concat(hex(one.ct), hex(one.tag))
      const opened = await primitives.decrypt(key, hex(one.iv), sealed, hex(one.aad))
      const again = await primitives.encrypt(key, hex(one.iv), hex(one.msg), hex(one.aad))
      return opened !== null && equalBytes(opened, hex(one.msg)) && equalBytes(again, sealed)
    })
    expect(outcome).toEqual({ wrong: [], count: 66, invalid: 27 })
  })
})

describe('hkdf', () => {
  const cases = readCases<{ ikm: string; salt: string; info: string; size: number; okm: string }>(
    'hkdf_sha256_test.json',
  )

  test('gives the verdict and the bytes of all 86 Wycheproof cases', async () => {
    const outcome = await verdicts(cases, async ({ ikm, salt, info, size, okm }) => {
      const derived = await primitives.hkdf(hex(ikm), hex(salt), hex(info), size).catch(() => null)
      return derived !== null && equalBytes(derived, hex(okm))
    })
    expect(outcome).toEqual({ wrong: [], count: 86, invalid: 3 })
  })
})

describe('hmac', () => {
  const cases = readCases<{ key: string; msg: string; tag: string }, { tagSize: number }>(
    'hmac_sha256_test.json',
  )

  test('gives the verdict of all 174 Wycheproof cases', async () => {
    const outcome = await verdicts(cases, async ({ key, msg, tag, tagSize }) => {
      const macKey = hex(key)
      if (!isMacKeyOfAnySize(macKey)) return false
      const code = await primitives.hmac(macKey, hex(msg))
      return equalBytes(code.subarray(0, tagSize / 8), hex(tag))
    })
    expect(outcome).toEqual({ wrong: [], count: 174, invalid: 108 })
  })

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
