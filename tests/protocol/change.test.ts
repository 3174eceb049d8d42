import { describe, expect, test } from 'vitest'
import { concat, fromBase64url, ivBytes, toBase64url, utf8 } from '../../pwa/protocol/bytes.ts'
import { makeChange, readChange } from '../../pwa/protocol/change.ts'
import { openMessage, sealMessage } from '../../pwa/protocol/envelope.ts'
import { deriveKeySet, epochOf, nextSalt } from '../../pwa/protocol/key-set.ts'
import type { KeySet } from '../../pwa/protocol/key-set.ts'
import type { ChangeEnvelope } from '../../server/wire/envelope.ts'
import { ENTRY_ID, makeTools, meet, parseChange, parseMessage, textContent } from './two-parties.ts'

const tools = makeTools()
const { aliceKeys, bobKeys, aliceSecret, bobSecret } = await meet(tools)
const atAlice = { self: 7, contact: 12 }
const atBob = { self: 12, contact: 7 }

const begin = (current = aliceKeys, lastIv = 5n) =>
  makeChange(tools, { current, secret: aliceSecret, lastIv, ...atAlice })
const made = await begin()
const envelope = parseChange(made.envelope)

/** As Bob reads a change of Alice. */
const readAtBob = (changes: Partial<ChangeEnvelope> = {}, current: KeySet = bobKeys) =>
  readChange(tools, {
    current,
    secret: bobSecret,
    envelope: { ...envelope, ...changes },
    sender: 7,
    ...atBob,
  })

/** A change signed by Alice under her present keys and, for `MAC_new`, under `next`. */
async function signChange(salt: string, next: KeySet): Promise<Partial<ChangeEnvelope>> {
  const signed = concat(ivBytes(5n), utf8('change'), fromBase64url(salt))
  return {
    salt,
    MAC_old: toBase64url(await tools.primitives.hmac(aliceKeys.send.mac, signed)),
    MAC_new: toBase64url(await tools.primitives.hmac(next.send.mac, signed)),
  }
}

const flip = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)

describe('makeChange and readChange', () => {
  test('bring both sides to the same keys of the next epoch', async () => {
    const read = await readAtBob()
    const { id, epoch, salt, exchange, send, receive } = made.next
    expect(epoch).toBe(2)
    expect(read).toEqual({ next: { id, epoch, salt, exchange, send: receive, receive: send } })
  })

  test('give keys that open what is sealed from IV 1 on', async () => {
    const read = await readAtBob()
    if (!('next' in read)) throw new Error(read.refused)
    const content = textContent('under new keys')
    const sealed = await sealMessage(tools, {
      keySet: made.next,
      iv: 1n,
      entryId: ENTRY_ID,
      content,
      ...atAlice,
    })
    const stored = { envelope: parseMessage(sealed), entryId: ENTRY_ID, sender: 7, recipient: 12, self: 12 }
    expect(await openMessage(tools, { keySet: read.next, ...stored })).toEqual(content)
    expect(await openMessage(tools, { keySet: bobKeys, ...stored })).toEqual({ unreadable: 'mac' })
  })

  test('let the sender read its own change again', async () => {
    const own = { current: aliceKeys, secret: aliceSecret, envelope, sender: 7, ...atAlice }
    expect(await readChange(tools, own)).toEqual({ next: made.next })
  })

  test('never derive the same keys twice, also from the same epoch', async () => {
    const again = await begin()
    const keys = [aliceKeys, made.next, again.next].flatMap(({ send, receive }) =>
      [send.aes, send.mac, receive.aes, receive.mac].map((key) => toBase64url(key)),
    )
    expect(new Set(keys).size).toBe(12)
    expect(again.next.id).not.toBe(made.next.id)
  })

  test('count on from epoch to epoch', async () => {
    let current = aliceKeys
    for (const epoch of [2, 3, 4, 5]) {
      const { envelope: text, next } = await begin(current, 0n)
      expect(next.epoch).toBe(epoch)
      expect(epochOf(parseChange(text).salt)).toBe(epoch)
      current = next
    }
  })
})

describe('two crossing changes', () => {
  test('can both be opened by both, each going on with its own', async () => {
    const byBob = await makeChange(tools, { current: bobKeys, secret: bobSecret, lastIv: 3n, ...atBob })
    const atBobRead = await readAtBob()
    const atAliceRead = await readChange(tools, {
      current: aliceKeys,
      secret: aliceSecret,
      envelope: parseChange(byBob.envelope),
      sender: 12,
      ...atAlice,
    })
    if (!('next' in atBobRead) || !('next' in atAliceRead)) throw new Error('a change was refused')
    expect(made.next.epoch).toBe(byBob.next.epoch)
    expect(made.next.id).not.toBe(byBob.next.id)

    const content = textContent('crossing')
    const seal = (keySet: KeySet, direction: typeof atAlice) =>
      sealMessage(tools, { keySet, iv: 1n, entryId: ENTRY_ID, content, ...direction })
    const open = (keySet: KeySet, text: string, direction: typeof atAlice) =>
      openMessage(tools, {
        keySet,
        envelope: parseMessage(text),
        entryId: ENTRY_ID,
        sender: direction.contact,
        recipient: direction.self,
        self: direction.self,
      })
    expect(await open(atBobRead.next, await seal(made.next, atAlice), atBob)).toEqual(content)
    expect(await open(atAliceRead.next, await seal(byBob.next, atBob), atAlice)).toEqual(content)

    const third = await begin(atAliceRead.next, 0n)
    expect(third.next.epoch).toBe(3)
    const thirdAtBob = await readAtBob(parseChange(third.envelope), byBob.next)
    expect(thirdAtBob).toMatchObject({ next: { id: third.next.id, epoch: 3 } })
  })
})

describe('readChange', () => {
  test('refuses by the old MAC whatever was altered', async () => {
    const altered = [
      { IV: toBase64url(ivBytes(4n)) },
      { salt: toBase64url(nextSalt(tools, 2)) },
      { salt: toBase64url(nextSalt(tools, 3)) },
      { MAC_old: flip(envelope.MAC_old) },
      { MAC_old: envelope.MAC_new },
      { keys: flip(envelope.keys) },
      { exchange: flip(envelope.exchange) },
    ]
    for (const changes of altered) expect(await readAtBob(changes)).toEqual({ refused: 'mac_old' })
  })

  test('refuses by the old MAC before it derives anything', async () => {
    tools.records.length = 0
    await readAtBob({ MAC_old: flip(envelope.MAC_old) })
    expect(tools.records.map(({ operation, reason }) => [operation, reason])).toEqual([['refuse', 'mac_old']])
  })

  test('refuses a change played back as the other side’s', async () => {
    const reflected = { current: aliceKeys, secret: aliceSecret, envelope, sender: 12, ...atAlice }
    expect(await readChange(tools, reflected)).toEqual({ refused: 'mac_old' })
  })

  test.each([0, 1, 3, 4, 2 ** 40])('refuses epoch %d after 1, though well signed', async (epoch) => {
    const salt = toBase64url(nextSalt(tools, epoch))
    const next = await deriveKeySet(tools, { exchange: aliceSecret, salt, ...atAlice })
    expect(await readAtBob(await signChange(salt, next))).toEqual({ refused: 'epoch' })
  })

  test('accepts a change signed by the tests themselves', async () => {
    const salt = toBase64url(nextSalt(tools, 2))
    const next = await deriveKeySet(tools, { exchange: aliceSecret, salt, ...atAlice })
    expect(await readAtBob(await signChange(salt, next))).toMatchObject({ next: { id: next.id } })
  })

  test('refuses by the new MAC a sender that does not hold the new keys', async () => {
    expect(await readAtBob({ MAC_new: flip(envelope.MAC_new) })).toEqual({ refused: 'mac_new' })
    expect(await readAtBob({ MAC_new: envelope.MAC_old })).toEqual({ refused: 'mac_new' })
  })
})

describe('the crypto log of a refresh', () => {
  test('holds the new keys, their epoch and the last IV', async () => {
    tools.records.length = 0
    const { next } = await begin()
    expect(tools.records.filter(({ operation }) => operation === 'hkdf')).toHaveLength(4)
    expect(tools.records.at(-1)).toMatchObject({
      operation: 'refresh',
      epoch: 2,
      keys: next.id,
      iv: '5',
      peer: 12,
    })
  })
})
