/**
 * The platform's own WebCrypto under virtual time. Its results come in the order and at the times that chance says: time stands
 * still while the platform works.
 */
import { present } from './virtual-globals.ts'
import type { Owner } from './virtual-time.ts'
import type { Seal } from './virtual-crypto.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Subtle = Readonly<Record<string, (...parts: never[]) => Promise<unknown>>>

const DELAY_MOST_MS = 6
const METHODS = [
  'generateKey',
  'exportKey',
  'importKey',
  'deriveBits',
  'encrypt',
  'decrypt',
  'sign',
  'digest',
] as const

/** The `crypto` of a tab. `onSeal` hears of every encryption. */
export function createRealCrypto(owner: Owner, onSeal: (seal: Seal) => void): Crypto {
  const subtle = globalThis.crypto.subtle as unknown as Subtle // its methods, by name
  const keyBytes = new WeakMap<object, Bytes>()

  /** A tab that is gone never hears back. */
  function later<T>(work: () => Promise<T>): Promise<T> {
    if (!owner.isAlive) return new Promise(() => undefined)
    const working = work()
    present.time.standStillFor(working)
    return new Promise((resolve, reject) => {
      present.time.after(
        present.chance.next() * DELAY_MOST_MS,
        () => void working.then(resolve, reject),
        owner,
      )
    })
  }

  const call = (name: string, parts: readonly unknown[]): Promise<unknown> =>
    subtle[name]?.apply(globalThis.crypto.subtle, parts as never[]) ?? Promise.reject(new TypeError(name)) // as the caller chose them

  const perform = async (name: (typeof METHODS)[number], parts: readonly unknown[]): Promise<unknown> => {
    const result = await call(name, parts)
    if (name === 'importKey' && parts[0] === 'raw')
      keyBytes.set(result as CryptoKey, (parts[1] as Bytes).slice()) // by WebCrypto's signature
    if (name === 'encrypt') noteSeal(parts as Parameters<typeof noteSeal>[0], result as ArrayBuffer) // as above
    return result
  }

  function noteSeal(
    [{ iv, additionalData }, key, plaintext]: [Gcm, CryptoKey, Bytes],
    result: ArrayBuffer,
  ): void {
    onSeal({
      place: `${text(keyBytes.get(key) ?? new Uint8Array())} ${text(iv)}`,
      plaintext: new TextDecoder().decode(plaintext),
      context: new TextDecoder().decode(additionalData),
      ciphertext: text(new Uint8Array(result)),
    })
  }

  const methods = METHODS.map((name) => [
    name,
    (...parts: readonly unknown[]) => later(() => perform(name, parts)),
  ])
  const getRandomValues = (target: Bytes): Bytes => {
    target.set(present.chance.bytes(target.length))
    return target
  }
  return { subtle: Object.fromEntries(methods), getRandomValues } as unknown as Crypto // as much of it as the protocol uses
}

interface Gcm {
  readonly iv: Bytes
  readonly additionalData: Bytes
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
