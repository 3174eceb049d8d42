import { describe, expect, test } from 'vitest'
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { asSharedSecret } from '../../pwa/protocol/primitives.ts'
import { deriveKeySet, epochOf, keySetId, keysFor, nextSalt } from '../../pwa/protocol/key-set.ts'
import type { KeySet } from '../../pwa/protocol/key-set.ts'
import { makeTools } from './two-parties.ts'

const tools = makeTools()
const exchange = toBase64url(new Uint8Array(16).fill(1))
const source = {
  exchange,
  secret: asSharedSecret(new Uint8Array(144).fill(2)),
  transcript: new Uint8Array(32).fill(3),
}
const salt = toBase64url(nextSalt(tools, 1))

const keysOf = ({ send, receive }: KeySet) =>
  [send.aes, send.mac, receive.aes, receive.mac].map((key) => toBase64url(key))

describe('nextSalt and epochOf', () => {
  test.each([1, 2, 255, 256, 2 ** 32, Number.MAX_SAFE_INTEGER])('agree on epoch %d', (epoch) => {
    expect(epochOf(toBase64url(nextSalt(tools, epoch)))).toBe(epoch)
  })

  test('never give the same salt twice for one epoch', () => {
    const salts = Array.from({ length: 50 }, () => toBase64url(nextSalt(tools, 2)))
    expect(new Set(salts).size).toBe(50)
    expect(nextSalt(tools, 2)).toHaveLength(24)
  })
})

describe('keySetId', () => {
  test('differs for another exchange and for another salt', async () => {
    const ids = [
      await keySetId(tools, exchange, salt),
      await keySetId(tools, toBase64url(new Uint8Array(16)), salt),
      await keySetId(tools, exchange, toBase64url(nextSalt(tools, 1))),
    ]
    expect(new Set(ids).size).toBe(3)
    expect(await keySetId(tools, exchange, salt)).toBe(ids[0])
  })
})

describe('deriveKeySet', () => {
  test('gives four different keys', async () => {
    const keySet = await deriveKeySet(tools, { exchange: source, salt, self: 7, contact: 12 })
    expect(new Set(keysOf(keySet)).size).toBe(4)
    expect(keySet).toMatchObject({ exchange, salt, epoch: 1, id: await keySetId(tools, exchange, salt) })
  })

  test('changes all four keys when anything it depends on changes', async () => {
    const base = { exchange: source, salt, self: 7, contact: 12 }
    const variants = [
      base,
      { ...base, exchange: { ...source, secret: asSharedSecret(new Uint8Array(144)) } },
      { ...base, exchange: { ...source, transcript: new Uint8Array(32) } },
      { ...base, salt: toBase64url(nextSalt(tools, 1)) },
      { ...base, salt: toBase64url(nextSalt(tools, 2)) },
      { ...base, self: 8 },
      { ...base, contact: 71 },
    ]
    const keys = await Promise.all(variants.map(async (one) => keysOf(await deriveKeySet(tools, one))))
    expect(new Set(keys.flat()).size).toBe(4 * variants.length)
  })

  test('writes every derived key into the crypto log', async () => {
    const logged = makeTools()
    const keySet = await deriveKeySet(logged, { exchange: source, salt, self: 7, contact: 12 })
    expect(logged.records.map(({ operation, purpose, key }) => [operation, purpose, key])).toEqual([
      ['hkdf', 'CHAT_KEY_USER7to12', toBase64url(keySet.send.aes)],
      ['hkdf', 'CHAT_MAC_USER7to12', toBase64url(keySet.send.mac)],
      ['hkdf', 'CHAT_KEY_USER12to7', toBase64url(keySet.receive.aes)],
      ['hkdf', 'CHAT_MAC_USER12to7', toBase64url(keySet.receive.mac)],
    ])
    for (const record of logged.records)
      expect(record).toMatchObject({ peer: 12, exchange, epoch: 1, keys: keySet.id, salt })
  })
})

describe('keysFor', () => {
  test('gives own entries the keys to send, and others the keys to receive', async () => {
    const keySet = await deriveKeySet(tools, { exchange: source, salt, self: 7, contact: 12 })
    expect(keysFor(keySet, { sender: 7, self: 7 })).toBe(keySet.send)
    expect(keysFor(keySet, { sender: 12, self: 7 })).toBe(keySet.receive)
  })
})
