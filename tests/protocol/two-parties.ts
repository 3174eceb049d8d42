import type { TextContent } from '../../pwa/protocol/content.ts'
import type { CryptoRecord } from '../../pwa/protocol/crypto-log.ts'
import { answerOffer, completeOffer, makeOffer } from '../../pwa/protocol/exchange.ts'
import type { ExchangeHalf, ExchangeSecret, Party } from '../../pwa/protocol/exchange.ts'
import { makeIdentity } from '../../pwa/protocol/identity.ts'
import { deriveKeySet } from '../../pwa/protocol/key-set.ts'
import type { KeySet } from '../../pwa/protocol/key-set.ts'
import { webCrypto } from '../../pwa/protocol/primitives.ts'
import type { Primitives } from '../../pwa/protocol/primitives.ts'
import type { ProtocolTools } from '../../pwa/protocol/tools.ts'
import {
  answerEnvelope,
  changeEnvelope,
  messageEnvelope,
  offerEnvelope,
  parseEnvelope,
  prekeyEnvelope,
} from '../../server/wire/envelope.ts'
import * as v from 'valibot'

export const ENTRY_ID = 'ZW50cnktaWQtb2YtMTZieQ'
export const HASH = 'A'.repeat(43)

/** Real cryptography with a crypto log that can be looked at. */
export function makeTools(
  primitives: Primitives = webCrypto(globalThis.crypto),
): ProtocolTools & { records: CryptoRecord[] } {
  const records: CryptoRecord[] = []
  return { primitives, log: (record) => records.push(record), records }
}

export const parseOffer = (text: string) => v.parse(offerEnvelope, parseEnvelope(text))
export const parseAnswer = (text: string) => v.parse(answerEnvelope, parseEnvelope(text))
export const parsePrekey = (text: string) => v.parse(prekeyEnvelope, parseEnvelope(text))
export const parseMessage = (text: string) => v.parse(messageEnvelope, parseEnvelope(text))
export const parseChange = (text: string) => v.parse(changeEnvelope, parseEnvelope(text))

export interface TwoParties {
  readonly alice: Party
  readonly bob: Party
  readonly offer: string
  readonly answer: string
  readonly aliceHalf: ExchangeHalf
  readonly bobHalf: ExchangeHalf
  readonly aliceSecret: ExchangeSecret
  readonly bobSecret: ExchangeSecret
  readonly salt: string
  readonly aliceKeys: KeySet
  readonly bobKeys: KeySet
}

/** Alice offers, Bob answers, both hold the key set of epoch 1. */
export async function meet(tools: ProtocolTools, accounts = { alice: 7, bob: 12 }): Promise<TwoParties> {
  const alice: Party = { account: accounts.alice, identity: await makeIdentity(tools) }
  const bob: Party = { account: accounts.bob, identity: await makeIdentity(tools) }
  const offered = await makeOffer(tools, { self: alice, contact: bob.account })
  const offer = parseOffer(offered.envelope)
  const answered = await answerOffer(tools, { self: bob, contact: alice.account, offer })
  const answer = parseAnswer(answered.envelope)
  const aliceSecret = await completeOffer(tools, {
    self: alice,
    contact: bob.account,
    half: offered.half,
    answer,
  })
  if (aliceSecret === null) throw new Error('the answer did not verify')
  const { salt, established: bobSecret } = answered
  const a = { self: alice.account, contact: bob.account }
  const b = { self: bob.account, contact: alice.account }
  return {
    alice,
    bob,
    offer: offered.envelope,
    answer: answered.envelope,
    aliceHalf: offered.half,
    bobHalf: answered.half,
    aliceSecret,
    bobSecret,
    salt,
    aliceKeys: await deriveKeySet(tools, { exchange: aliceSecret, salt, ...a }),
    bobKeys: await deriveKeySet(tools, { exchange: bobSecret, salt, ...b }),
  }
}

export function textContent(body: string, changes: Partial<TextContent> = {}): TextContent {
  return { kind: 'text', sentAt: 1_790_000_000_000, n: 1, log: { seq: 2, hash: HASH }, body, ...changes }
}
