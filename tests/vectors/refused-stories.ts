/** Stories of what a log or a reader does not take: from careless clients, and from a server that lies. */
import { toBase64url, utf8 } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'
import { nextSalt } from '../../pwa/protocol/key-set.ts'
import { fixedId, flipFirst, withMembers } from './alter.ts'
import type { Conversation } from './conversation.ts'

const OPEN_MS = 60_000

export async function tellBadOffers(c: Conversation): Promise<void> {
  const late = await c.offer(c.alice)
  await c.answer(c.bob, late, { afterMs: OPEN_MS })
  const replaced = await c.offer(c.alice)
  const offered = await c.offer(c.alice, { afterMs: OPEN_MS - 1 })
  await c.answer(c.bob, replaced)
  const { envelope: answer } = await c.makeAnswer(c.bob, offered)
  await c.append(c.alice, answer)
  await c.append(c.bob, withMembers(answer, { salt: toBase64url(nextSalt(c.tools, 2)) }))
  await c.append(c.alice, offered)
  const keys = await c.answer(c.bob, offered, { afterMs: OPEN_MS - 1 - 4 * 250 })
  await c.answer(c.bob, offered)
  await c.say(c.alice, keys, { body: 'in the last millisecond' })
  const unread = await c.makeAnswer(
    c.bob,
    withMembers(offered, { exchange: toBase64url(new Uint8Array(16)) }),
  )
  await c.append(c.bob, unread.envelope)
  const failing = await c.offer(c.bob)
  const failed = await c.makeAnswer(c.alice, failing)
  await c.append(c.alice, withMembers(failed.envelope, { confirm: toBase64url(new Uint8Array(32)) }))
  await c.say(c.alice, failed, { body: 'under keys that only I have' })
  for (const member of ['key', 'identity']) {
    const offered = await c.offer(c.bob)
    const { envelope } = await c.makeAnswer(c.alice, offered)
    const { [member]: reflected } = JSON.parse(offered) as Record<string, string> // our own envelope
    await c.append(c.alice, withMembers(envelope, { [member]: reflected }))
  }
  const offTheCurve = await c.makeAnswer(c.alice, await c.offer(c.bob))
  await c.append(c.alice, withMembers(offTheCurve.envelope, { key: toBase64url(new Uint8Array(97).fill(4)) }))
  const again = await c.answer(c.bob, await c.offer(c.alice))
  await c.say(c.bob, again, { body: 'begun anew' })
}

export async function tellBadPrekeys(c: Conversation): Promise<void> {
  const prekey = await c.stockPrekey()
  const first = await c.oneWay(c.alice, c.bob, prekey)
  await c.say(c.alice, first, { body: 'the first to use the prekey' })
  const second = await c.oneWay(c.alice, c.bob, prekey)
  await c.say(c.alice, second, { body: 'its private half is gone' })
  const envelope = c.entries[0]?.envelope ?? ''
  await c.append(c.alice, envelope)
  const exchange = toBase64url(c.tools.primitives.random(16))
  await c.append(c.alice, withMembers(envelope, { exchange, salt: toBase64url(nextSalt(c.tools, 2)) }))
  const third = await c.oneWay(c.alice, c.bob)
  await c.say(c.alice, third, { body: 'with another prekey' })
  const newBob = await c.makeNewIdentity(c.bob)
  await c.offer(newBob)
  await c.say(c.alice, third, { body: 'to an identity that is no longer the last' })
  const fourth = await c.oneWay(c.alice, newBob)
  await c.say(c.alice, fourth, { body: 'to the new one' })
}

export async function tellHostileServer(c: Conversation): Promise<void> {
  const keys = await c.answer(c.bob, await c.offer(c.alice))
  const id = await c.say(c.alice, keys, { body: 'once' })
  const { envelope = '' } = c.entries.at(-1) ?? {}
  const early = c.head()
  await c.append(c.alice, envelope, { id })
  await c.append(c.alice, envelope)
  await c.append(c.bob, envelope, { id })
  await c.seal(c.alice, keys, { body: 'never reaches the log' })
  await c.say(c.alice, keys, { body: 'behind what is missing' })
  await c.say(c.alice, keys, { body: 'a number used twice' }, { n: 3 })
  await c.say(
    c.bob,
    keys,
    { body: 'of another history' },
    { log: { seq: 3, hash: toBase64url(new Uint8Array(32)) } },
  )
  await c.say(c.bob, keys, { body: 'of a log that goes on' }, { log: { ...c.head(), seq: c.head().seq + 1 } })
  await c.say(c.alice, keys, { body: 'back to an older copy' }, { log: early })
  const later = await c.seal(c.bob, keys, { body: 'overtaken' }, { id: fixedId(1) })
  await c.say(c.bob, keys, { body: 'overtakes it' })
  await c.append(c.bob, later, { id: fixedId(1) })
}

export async function tellBadRefreshes(c: Conversation): Promise<void> {
  const first = await c.answer(c.bob, await c.offer(c.alice))
  const { envelope } = await c.makeRefresh(c.alice, first)
  for (const member of ['MAC_old', 'MAC_new'])
    await c.append(c.alice, withMembers(envelope, { [member]: toBase64url(new Uint8Array(32)) }))
  await c.append(c.bob, envelope)
  await c.append(c.alice, withMembers(envelope, { keys: toBase64url(new Uint8Array(16)) }))
  const ofAlice = await c.refresh(c.alice, first)
  await c.append(c.alice, envelope)
  const ofBob = await c.refresh(c.bob, first)
  await c.say(c.alice, ofBob, { body: 'one epoch has one key set' })
  await c.say(c.alice, ofAlice, { body: 'and this is mine' })
  const { envelope: skipping } = await c.makeRefresh(c.alice, ofAlice, { skipEpochs: 1 })
  await c.append(c.alice, skipping)
}

export async function tellUnreadable(c: Conversation): Promise<void> {
  const { primitives } = c.tools
  const keys = await c.answer(c.bob, await c.offer(c.alice))
  const head = { sentAt: 1, n: 1, log: c.head() }
  const sealBytes = (bytes: Bytes) => ({
    encrypt: (...[key, iv, , aad]: Parameters<typeof primitives.encrypt>) =>
      primitives.encrypt(key, iv, bytes, aad),
  })
  await c.say(
    c.alice,
    keys,
    { body: '' },
    sealBytes(utf8(JSON.stringify({ kind: 'poll', ...head, choices: ['a', 'b'] }))),
  )
  await c.say(c.alice, keys, { body: '' }, sealBytes(utf8('no JSON')))
  await c.say(c.alice, keys, { body: '' }, sealBytes(utf8(JSON.stringify({ kind: 'text', ...head }))))
  await c.say(c.alice, keys, { body: '' }, sealBytes(Uint8Array.of(0xff, 0xfe)))
  await c.say(
    c.alice,
    keys,
    { body: '' },
    {
      encrypt: async (...parts) => flipFirst(await primitives.encrypt(...parts)),
    },
  )
  await c.say(c.alice, keys, { body: 'the next one is readable' }, { n: 2 })
  const sealed = await c.seal(c.bob, keys, { body: 'altered on its way' }, { id: fixedId(2) })
  await c.append(c.bob, withMembers(sealed, { MAC: toBase64url(new Uint8Array(32)) }), { id: fixedId(2) })
  await c.append(c.bob, withMembers(sealed, { keys: toBase64url(new Uint8Array(16)) }))
  await c.append(c.bob, withMembers(sealed, { exchange: toBase64url(new Uint8Array(16)) }))
  await c.append(c.bob, withMembers(sealed, { more: 1 }))
  await c.append(c.bob, sealed.replace('{', '{"type":"msg",'))
  await c.append(c.bob, sealed, { id: fixedId(2) })
}
