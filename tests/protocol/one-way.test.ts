import { describe, expect, test } from 'vitest'
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import type { Party } from '../../pwa/protocol/exchange.ts'
import { makeIdentity } from '../../pwa/protocol/identity.ts'
import { nextSalt } from '../../pwa/protocol/key-set.ts'
import { acceptOneWay, beginOneWay, makePrekey } from '../../pwa/protocol/one-way.ts'
import { makeTools, parsePrekey } from './two-parties.ts'

const tools = makeTools()
const alice: Party = { account: 7, identity: await makeIdentity(tools) }
const bob: Party = { account: 12, identity: await makeIdentity(tools) }
const bobIdentity = toBase64url(bob.identity.publicKey)
const prekey = await makePrekey(tools)
const drawn = { id: prekey.id, key: toBase64url(prekey.keyPair.publicKey) }
const begun = await beginOneWay(tools, { self: alice, contact: 12, identity: bobIdentity, prekey: drawn })
const envelope = parsePrekey(begun.envelope)

const accept = (changes: Partial<typeof envelope> = {}) =>
  acceptOneWay(tools, { self: bob, contact: 7, prekey, envelope: { ...envelope, ...changes } })
const flip = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)
/** 97 bytes of the right form that are no point of the curve. */
const offCurve = toBase64url(Uint8Array.from({ length: 97 }, (_, index) => (index === 0 ? 4 : 1)))

describe('beginOneWay and acceptOneWay', () => {
  test('bring both sides to the same secret and keys, mirrored', async () => {
    const accepted = await accept()
    expect(accepted?.established).toEqual(begun.established)
    expect(accepted?.established.secret).toHaveLength(144)
    const { id, epoch, salt, send, receive } = begun.keySet
    expect(accepted?.keySet).toMatchObject({ id, epoch, salt, send: receive, receive: send })
    expect(epoch).toBe(1)
  })

  test('name sender, recipient and prekey, and no private key', () => {
    expect(envelope).toMatchObject({
      identity: toBase64url(alice.identity.publicKey),
      to: bobIdentity,
      prekey: prekey.id,
      salt: begun.keySet.salt,
    })
    expect(Object.keys(envelope).toSorted()).toEqual(
      ['confirm', 'exchange', 'identity', 'key', 'prekey', 'salt', 'step', 'to', 'type'].toSorted(),
    )
    expect(JSON.stringify(tools.records)).not.toContain(toBase64url(prekey.keyPair.privateKey))
  })

  test('come to another secret each time, also with the same prekey', async () => {
    const again = await beginOneWay(tools, {
      self: alice,
      contact: 12,
      identity: bobIdentity,
      prekey: drawn,
    })
    expect(again.established.secret).not.toEqual(begun.established.secret)
  })
})

describe('acceptOneWay', () => {
  test('is null when any part of the envelope was altered', async () => {
    const mallory = await makeIdentity(tools)
    const altered = [
      { confirm: flip(envelope.confirm) },
      { salt: toBase64url(nextSalt(tools, 1)) },
      { identity: toBase64url(mallory.publicKey) },
      { key: toBase64url(mallory.publicKey) },
      { exchange: flip(envelope.exchange) },
    ]
    for (const changes of altered) expect(await accept(changes)).toBeNull()
  })

  test('is null under another account or another private half', async () => {
    expect(await acceptOneWay(tools, { self: bob, contact: 8, prekey, envelope })).toBeNull()
    const { keyPair } = await makePrekey(tools)
    const other = { id: prekey.id, keyPair }
    expect(await acceptOneWay(tools, { self: bob, contact: 7, prekey: other, envelope })).toBeNull()
  })

  test('refuses another identity, another prekey and an epoch other than 1', async () => {
    const malformed = expect.objectContaining({ code: 'malformed' })
    await expect(accept({ to: toBase64url(alice.identity.publicKey) })).rejects.toThrow(malformed)
    await expect(accept({ prekey: flip(envelope.prekey) })).rejects.toThrow(malformed)
    await expect(accept({ salt: toBase64url(nextSalt(tools, 2)) })).rejects.toThrow(malformed)
  })

  test('refuses keys that are no points, and our own', async () => {
    for (const member of ['identity', 'key']) {
      await expect(accept({ [member]: offCurve })).rejects.toMatchObject({ code: 'bad_public_key' })
      for (const own of [bobIdentity, drawn.key])
        await expect(accept({ [member]: own })).rejects.toMatchObject({ code: 'own_public_key' })
    }
  })
})

describe('beginOneWay', () => {
  test('refuses a directory that gives no points, or our own identity', async () => {
    const begin = (identity: string, key: string) =>
      beginOneWay(tools, { self: alice, contact: 12, identity, prekey: { id: prekey.id, key } })
    const own = toBase64url(alice.identity.publicKey)
    await expect(begin(offCurve, drawn.key)).rejects.toMatchObject({ code: 'bad_public_key' })
    await expect(begin(bobIdentity, offCurve)).rejects.toMatchObject({ code: 'bad_public_key' })
    await expect(begin(own, drawn.key)).rejects.toMatchObject({ code: 'own_public_key' })
    await expect(begin(bobIdentity, own)).rejects.toMatchObject({ code: 'own_public_key' })
  })
})
