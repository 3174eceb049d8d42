import { describe, expect, test } from 'vitest'
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { answerOffer, completeOffer, makeOffer } from '../../pwa/protocol/exchange.ts'
import type { Party } from '../../pwa/protocol/exchange.ts'
import { makeIdentity } from '../../pwa/protocol/identity.ts'
import { epochOf, nextSalt } from '../../pwa/protocol/key-set.ts'
import { makeTools, meet, parseAnswer, parseOffer } from './two-parties.ts'

const tools = makeTools()
const alice: Party = { account: 7, identity: await makeIdentity(tools) }
const bob: Party = { account: 12, identity: await makeIdentity(tools) }
const offered = await makeOffer(tools, { self: alice, contact: 12 })
const offer = parseOffer(offered.envelope)
const answered = await answerOffer(tools, { self: bob, contact: 7, offer })
const answer = parseAnswer(answered.envelope)

const complete = (changes: Partial<typeof answer> = {}) =>
  completeOffer(tools, {
    self: alice,
    contact: 12,
    half: offered.half,
    answer: { ...answer, ...changes },
  })

/** 97 bytes of the right form that are no point of the curve. */
const offCurve = toBase64url(Uint8Array.from({ length: 97 }, (_, index) => (index === 0 ? 4 : 1)))

describe('makeOffer', () => {
  test('shows the identity and a fresh key under a fresh exchange id', async () => {
    const again = parseOffer((await makeOffer(tools, { self: alice, contact: 12 })).envelope)
    expect(offer.identity).toBe(toBase64url(alice.identity.publicKey))
    expect(again.identity).toBe(offer.identity)
    expect(again.key).not.toBe(offer.key)
    expect(again.exchange).not.toBe(offer.exchange)
  })

  test('keeps the private half out of the envelope', () => {
    expect(offered.half).toMatchObject({ exchange: offer.exchange, role: 'initiator' })
    expect(toBase64url(offered.half.keyPair.publicKey)).toBe(offer.key)
    expect(Object.keys(offer).toSorted()).toEqual(['exchange', 'identity', 'key', 'step', 'type'])
  })
})

describe('answerOffer and completeOffer', () => {
  test('bring both sides to the same secret, named the same way', async () => {
    const completed = await complete()
    expect(completed).toEqual(answered.established)
    expect(completed).toMatchObject({ exchange: offer.exchange, initiator: 7, responder: 12 })
    expect(completed?.secret).toHaveLength(144)
    expect(completed?.transcript).toHaveLength(32)
  })

  test('begin with epoch 1', () => {
    expect(epochOf(answered.salt)).toBe(1)
    expect(answer.salt).toBe(answered.salt)
    expect(answered.half).toMatchObject({ exchange: offer.exchange, role: 'responder' })
  })

  test('come to another secret each time, also between the same two', async () => {
    const first = await meet(tools)
    const second = await answerOffer(tools, { self: bob, contact: 7, offer })
    const secrets = [first.aliceSecret, answered.established, second.established]
    expect(new Set(secrets.map(({ secret }) => toBase64url(secret))).size).toBe(3)
  })
})

describe('completeOffer', () => {
  const flip = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)

  test('is null when any part of the answer was altered', async () => {
    const mallory = await makeIdentity(tools)
    const altered = [
      { confirm: flip(answer.confirm) },
      { salt: toBase64url(nextSalt(tools, 1)) },
      { identity: toBase64url(mallory.publicKey) },
      { key: toBase64url(mallory.publicKey) },
    ]
    for (const changes of altered) expect(await complete(changes)).toBeNull()
  })

  test('is null when the answer was meant for another account', async () => {
    const forEve = await answerOffer(tools, { self: bob, contact: 8, offer })
    expect(await complete(parseAnswer(forEve.envelope))).toBeNull()
  })

  test('is null when another account answered under its name', async () => {
    const asOther = await answerOffer(tools, { self: { ...bob, account: 13 }, contact: 7, offer })
    expect(await complete(parseAnswer(asOther.envelope))).toBeNull()
  })

  test('refuses an answer to something else, and an epoch other than 1', async () => {
    const malformed = expect.objectContaining({ code: 'malformed' })
    await expect(complete({ exchange: toBase64url(new Uint8Array(16)) })).rejects.toThrow(malformed)
    await expect(complete({ salt: toBase64url(nextSalt(tools, 2)) })).rejects.toThrow(malformed)
    const ours = { self: bob, contact: 7, half: answered.half, answer }
    await expect(completeOffer(tools, ours)).rejects.toThrow(malformed)
  })

  test('writes success and failure into the crypto log', async () => {
    tools.records.length = 0
    await complete()
    await complete({ confirm: flip(answer.confirm) })
    const outcomes = tools.records.filter(({ purpose }) => purpose === 'confirm')
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['done', undefined],
      ['refused', 'confirm'],
    ])
  })
})

describe('public keys of the other side', () => {
  test('are refused when they are no point of the curve', async () => {
    const refused = expect.objectContaining({ code: 'bad_public_key' })
    for (const changes of [{ identity: offCurve }, { key: offCurve }]) {
      const wrong = { ...offer, ...changes }
      await expect(answerOffer(tools, { self: bob, contact: 7, offer: wrong })).rejects.toThrow(refused)
      await expect(complete(changes)).rejects.toThrow(refused)
    }
  })

  test('are refused when they are our own identity', async () => {
    const refused = expect.objectContaining({ code: 'own_public_key' })
    const bobs = toBase64url(bob.identity.publicKey)
    const alices = toBase64url(alice.identity.publicKey)
    for (const member of ['identity', 'key']) {
      const wrong = { ...offer, [member]: bobs }
      await expect(answerOffer(tools, { self: bob, contact: 7, offer: wrong })).rejects.toThrow(refused)
      await expect(complete({ [member]: alices })).rejects.toThrow(refused)
    }
  })

  test('are refused when they are our own exchange key: an offer played back', async () => {
    const refused = expect.objectContaining({ code: 'own_public_key' })
    for (const member of ['identity', 'key'])
      await expect(complete({ [member]: offer.key })).rejects.toThrow(refused)
    await expect(answerOffer(tools, { self: alice, contact: 12, offer })).rejects.toThrow(refused)
  })

  test('are refused in the crypto log, too', async () => {
    tools.records.length = 0
    await expect(complete({ key: offCurve })).rejects.toThrow()
    expect(tools.records.at(-1)).toMatchObject({ operation: 'refuse', peer: 12, reason: 'bad_public_key' })
  })
})

describe('the crypto log of an exchange', () => {
  test('holds one fresh key and three agreements for each side, and no private key', async () => {
    const logged = makeTools()
    const parties = await meet(logged)
    const count = (operation: string) => logged.records.filter((one) => one.operation === operation).length
    expect([count('generate-key'), count('ecdh')]).toEqual([4, 6])
    const text = JSON.stringify(logged.records)
    for (const { privateKey } of [parties.alice.identity, parties.bob.identity, parties.aliceHalf.keyPair])
      expect(text).not.toContain(toBase64url(privateKey))
    expect(text).toContain(toBase64url(parties.aliceKeys.send.aes))
  })
})
