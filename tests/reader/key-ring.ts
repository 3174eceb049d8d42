/** From private keys and envelopes to secrets and key sets: sections 2 and 3 of the specification. */
import { ascii, bytesOf, readBytes, toText, u64 } from './bytes.ts'
import { ecdh, hkdf, hmac, join, publicKeyOf, sha256 } from './crypto.ts'
import type { EnvelopeOf } from './envelopes.ts'
import { epochOf, type Exchange } from './exchanges.ts'

export interface PrivateKeys {
  /** `scalar`: 48 bytes, big-endian. */
  readonly keyPairs: readonly { readonly publicKey: string; readonly scalar: string }[]
  readonly prekeys: readonly { readonly id: string; readonly publicKey: string }[]
}

export interface Secret {
  readonly exchange: string
  readonly kind: 'twoway' | 'oneway'
  readonly initiator: number
  readonly responder: number
  readonly parts: readonly string[]
  readonly secret: string
  readonly transcript: string
}

export interface KeySet {
  readonly id: string
  readonly exchange: string
  readonly epoch: number
  readonly salt: string
  readonly directions: readonly {
    readonly sender: number
    readonly recipient: number
    readonly aes: string
    readonly mac: string
  }[]
}

/** What the two sides of an exchange show of themselves. */
interface Shown {
  readonly identity: string
  readonly key: string
}

/** The keys of both sides of a conversation. */
export class KeyRing {
  readonly secrets: Secret[] = []
  readonly keySets: KeySet[] = []
  readonly #accounts: readonly number[]
  readonly #scalars: Map<string, string>
  readonly #prekeys: Map<string, string>

  /** Throws when a scalar is not that of its public key. */
  constructor(accounts: readonly number[], { keyPairs, prekeys }: PrivateKeys) {
    this.#accounts = accounts
    for (const { publicKey, scalar } of keyPairs)
      if (toText(publicKeyOf(bytesOf(scalar))) !== publicKey)
        throw new Error(`not the scalar of ${publicKey}`)
    this.#scalars = new Map(keyPairs.map(({ publicKey, scalar }) => [publicKey, scalar]))
    this.#prekeys = new Map(prekeys.map(({ id, publicKey }) => [id, publicKey]))
  }

  /** The key set that an answer begins; null: nobody can have it. */
  takeAnswer(offer: Exchange, answer: EnvelopeOf<'answer'>, responder: number): string | null {
    return this.#take(offer, {
      kind: 'twoway',
      responder,
      answer,
      salt: answer.salt,
      confirm: answer.confirm,
    })
  }

  /** The key set that a prekey envelope begins, whose prekey is used up; null: nobody can have it. */
  takePrekey(begun: Exchange, envelope: EnvelopeOf<'prekey'>, responder: number): string | null {
    const { prekey, to, salt, confirm } = envelope
    const key = this.#prekeys.get(prekey)
    this.#prekeys.delete(prekey)
    return key === undefined
      ? null
      : this.#take(begun, { kind: 'oneway', responder, answer: { identity: to, key }, salt, confirm })
  }

  #take(
    begun: Exchange,
    {
      kind,
      responder,
      answer,
      salt,
      confirm,
    }: { kind: Secret['kind']; responder: number; answer: Shown; salt: string; confirm: string },
  ): string | null {
    const { id: exchange, initiator } = begun
    if ([answer.identity, answer.key].some((one) => one === begun.identity || one === begun.key)) return null
    const parts = [
      this.#agree(begun.identity, answer.key),
      this.#agree(begun.key, answer.identity),
      this.#agree(begun.key, answer.key),
    ].filter((part) => part !== null)
    if (parts.length < 3) return null
    const points = [begun.identity, answer.identity, begun.key, answer.key].map(bytesOf)
    const label = ascii(`letterlock/${kind}/v1`)
    const transcript = sha256(label, u64(initiator), u64(responder), bytesOf(exchange), ...points)
    const secret = {
      exchange,
      kind,
      initiator,
      responder,
      parts: parts.map(toText),
      secret: toText(join(...parts)),
      transcript: toText(transcript),
    }
    const keySet = this.#derive(secret, salt)
    const confirmer = kind === 'twoway' ? responder : initiator
    const mac = keySet.directions.find(({ sender }) => sender === confirmer)?.mac ?? ''
    if (toText(hmac(bytesOf(mac), ascii('confirm'), transcript)) !== confirm) return null
    this.secrets.push(secret)
    this.keySets.push(keySet)
    return keySet.id
  }

  /** By the private key of either side; both have to come to the same. */
  #agree(one: string, other: string): Uint8Array | null {
    const results = [
      [one, other],
      [other, one],
    ].flatMap(([own = '', theirs = '']) => {
      const scalar = this.#scalars.get(own)
      return scalar === undefined ? [] : [ecdh(bytesOf(scalar), bytesOf(theirs))]
    })
    const [first = null, second = first] = results
    if (first && second && toText(first) !== toText(second)) throw new Error('ECDH differs between the sides')
    return second && first
  }

  #derive({ exchange, secret, transcript }: Secret, salt: string): KeySet {
    const directions = this.#accounts.map((sender) => {
      const recipient = this.#accounts.find((one) => one !== sender) ?? 0
      const derive = (purpose: string): string =>
        toText(
          hkdf(bytesOf(secret), bytesOf(salt), `CHAT_${purpose}_USER${sender}to${recipient}|${transcript}`),
        )
      return { sender, recipient, aes: derive('KEY'), mac: derive('MAC') }
    })
    const id = sha256(ascii('letterlock/keys/v1'), bytesOf(exchange), bytesOf(salt)).subarray(0, 16)
    return { id: toText(id), exchange, epoch: Number(epochOf(salt)), salt, directions }
  }

  find(exchange: string, id: string): KeySet | null {
    return this.keySets.find((one) => one.exchange === exchange && one.id === id) ?? null
  }

  /** The key set that a salt begins in an exchange whose secret is known. */
  derive(exchange: string, salt: string): KeySet | null {
    const secret = this.secrets.find((one) => one.exchange === exchange)
    return secret && readBytes(salt, 24) ? this.#derive(secret, salt) : null
  }
}

/** The keys that `sender` seals with. */
export function directionOf(keySet: KeySet, sender: number) {
  const direction = keySet.directions.find((one) => one.sender === sender)
  if (!direction) throw new Error(`no keys of ${sender}`)
  const { recipient, aes, mac } = direction
  return { recipient, aes: bytesOf(aes), mac: bytesOf(mac) }
}
