/**
 * The Wycheproof vectors against primitives, in Node or in a page: it needs neither files nor Node. `tests/vectors/README.md` says
 * where the vectors come from.
 */
import { concat, equalBytes, fromBase64url } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'
import { asAesKey } from '../../pwa/protocol/primitives.ts'
import type { MacKey, Primitives, PublicKey } from '../../pwa/protocol/primitives.ts'
import { fromHex as hex } from './hex.ts'
import { pkcs8 } from './pkcs8.ts'

interface Case {
  readonly tcId: number
  readonly result: 'valid' | 'invalid'
}
type Jwk = { readonly x: string; readonly y: string; readonly d: string }
type EcdhCase = Case & { public: Omit<Jwk, 'd'>; private: Jwk; shared: string }
type AesCase = Case & { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
type HkdfCase = Case & { ikm: string; salt: string; info: string; size: number; okm: string }
type HmacCase = Case & { key: string; msg: string; tag: string; tagSize: number }

/** Cases with a wrong verdict or wrong bytes, how many cases there were, and how many of them are invalid. */
export interface WycheproofOutcome {
  readonly wrong: readonly number[]
  readonly count: number
  readonly invalid: number
}

export type WycheproofSuite = 'agree' | 'checkPublicKey' | 'encrypt and decrypt' | 'hkdf' | 'hmac'

/** The suites, their files in `tests/vectors/wycheproof/`, and how many cases apply, so that a filter cannot pass with nothing. */
export const WYCHEPROOF_SUITES: readonly {
  readonly suite: WycheproofSuite
  readonly file: string
  readonly count: number
  readonly invalid: number
}[] = [
  { suite: 'agree', file: 'ecdh_secp384r1_webcrypto_test.json', count: 794, invalid: 23 },
  { suite: 'checkPublicKey', file: 'ecdh_secp384r1_webcrypto_test.json', count: 794, invalid: 23 },
  { suite: 'encrypt and decrypt', file: 'aes_gcm_test.json', count: 66, invalid: 27 },
  { suite: 'hkdf', file: 'hkdf_sha256_test.json', count: 86, invalid: 3 },
  { suite: 'hmac', file: 'hmac_sha256_test.json', count: 174, invalid: 108 },
]

/** Runs a suite on the text of its file. */
export function runWycheproof(
  primitives: Primitives,
  suite: WycheproofSuite,
  text: string,
): Promise<WycheproofOutcome> {
  switch (suite) {
    case 'agree':
      return judge<EcdhCase>(readCases(text), (one) => agrees(primitives, one))
    case 'checkPublicKey':
      return judge<EcdhCase>(readCases(text), (one) => isPoint(primitives, pointOf(one.public)))
    case 'encrypt and decrypt':
      return judge<AesCase>(readCases(text, isOurAes), (one) => isSealedAndOpened(primitives, one))
    case 'hkdf':
      return judge<HkdfCase>(readCases(text), (one) => isDerived(primitives, one))
    case 'hmac':
      return judge<HmacCase>(readCases(text), (one) => isAuthentic(primitives, one))
  }
}

type Group = Readonly<Record<string, unknown>> & { readonly tests: readonly Case[] }

/** All cases of the groups that are wanted, each with the fields of its group. */
function readCases<T extends Case>(text: string, isWanted: (group: Group) => boolean = () => true): T[] {
  const file: { testGroups: Group[] } = JSON.parse(text)
  const groups = file.testGroups.filter(isWanted)
  const cases = groups.flatMap((group) => group.tests.map((one): Case => ({ ...group, ...one })))
  return cases as T[] // the files are pinned and their counts asserted: a wrong shape fails every case
}

/** What this project uses of AES-GCM: a 256-bit key and a 96-bit IV. */
const isOurAes = ({ keySize, ivSize }: Group): boolean => keySize === 256 && ivSize === 96

async function judge<T extends Case>(
  cases: readonly T[],
  isValid: (one: T) => Promise<boolean>,
): Promise<WycheproofOutcome> {
  const wrong: number[] = []
  for (const one of cases) if ((await isValid(one)) !== (one.result === 'valid')) wrong.push(one.tcId)
  return { wrong, count: cases.length, invalid: cases.filter(({ result }) => result === 'invalid').length }
}

/** Vectors hold keys that `asMacKey` and `asPublicKey` would refuse; the primitives must cope with them. */
const isMacKeyOfAnySize = (bytes: Bytes): bytes is MacKey => bytes.length > 0
const isPublicKeyOfAnySize = (bytes: Bytes): bytes is PublicKey => bytes.length > 0

export const pointOf = ({ x, y }: Omit<Jwk, 'd'>): Bytes =>
  concat(Uint8Array.of(4), fromBase64url(x), fromBase64url(y))

const isPoint = (primitives: Primitives, bytes: Bytes): Promise<boolean> =>
  primitives.checkPublicKey(bytes).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'bad_public_key') return false
      throw error
    },
  )

async function agrees(
  primitives: Primitives,
  { public: theirs, private: ours, shared }: EcdhCase,
): Promise<boolean> {
  const publicKey = pointOf(theirs)
  if (!isPublicKeyOfAnySize(publicKey)) return false
  const isChecked = await isPoint(primitives, publicKey)
  try {
    const secret = await primitives.agree(pkcs8(fromBase64url(ours.d), pointOf(ours)), publicKey)
    return isChecked && equalBytes(secret, hex(shared))
  } catch (cause) {
    if (isChecked) throw new Error('a checked key was refused', { cause })
    return false
  }
}

async function isSealedAndOpened(primitives: Primitives, one: AesCase): Promise<boolean> {
  const key = asAesKey(hex(one.key))
  const sealed = concat(hex(one.ct), hex(one.tag))
  const opened = await primitives.decrypt(key, hex(one.iv), sealed, hex(one.aad))
  const again = await primitives.encrypt(key, hex(one.iv), hex(one.msg), hex(one.aad))
  return opened !== null && equalBytes(opened, hex(one.msg)) && equalBytes(again, sealed)
}

async function isDerived(primitives: Primitives, { ikm, salt, info, size, okm }: HkdfCase): Promise<boolean> {
  const derived = await primitives.hkdf(hex(ikm), hex(salt), hex(info), size).catch(() => null)
  return derived !== null && equalBytes(derived, hex(okm))
}

async function isAuthentic(primitives: Primitives, { key, msg, tag, tagSize }: HmacCase): Promise<boolean> {
  const macKey = hex(key)
  if (!isMacKeyOfAnySize(macKey)) return false
  const code = await primitives.hmac(macKey, hex(msg))
  return equalBytes(code.subarray(0, tagSize / 8), hex(tag))
}
