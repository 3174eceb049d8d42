import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { message, newKeySet } from '../contracts/entries.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { readRefusal } from './visitor.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

/** Two people who have written to each other once. */
async function makePair() {
  const [alice, bob] = [server.visit(), server.visit()]
  const [a, b] = [await alice.register(), await bob.register()]
  const keys = newKeySet()
  await alice.call('append', { at: { contact: b.id }, body: { entries: [message(keys, 1)] } })
  return { alice, bob, a, b, keys }
}

describe('the live stream', () => {
  test('bears the headers that keep proxies from holding it back, and sends its first bytes at once', async () => {
    const { alice } = await makePair()
    const stream = await alice.listen()
    const { headers } = stream.response
    expect(headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8')
    expect(headers.get('Cache-Control')).toContain('no-transform')
    expect(headers.get('X-Accel-Buffering')).toBe('no')
    expect(await stream.nextBlock()).toBe(': open')
    await stream.close()
  })

  test('begins with all conversations', async () => {
    const { alice, b } = await makePair()
    const stream = await alice.listen()
    expect(await stream.next()).toMatchObject({
      type: 'hello',
      conversations: [
        { contact: { id: b.id, username: b.username }, head: 1, contactApplied: 0, isContactOnline: false },
      ],
    })
    await stream.close()
  })

  test('shows each append to both sides as the page that pull gives', async () => {
    const { alice, bob, a, b, keys } = await makePair()
    const streams = [await alice.listen(), await bob.listen()]
    await alice.call('append', {
      at: { contact: b.id },
      body: { entries: [message(keys, 2), message(keys, 3)] },
    })
    const pages = await Promise.all(streams.map(async (stream) => (await stream.nextOf('page')).page))
    expect(pages[0]).toEqual(await alice.call('pull', { at: { contact: b.id }, query: '?after=1' }))
    expect(pages[1]).toEqual(await bob.call('pull', { at: { contact: a.id }, query: '?after=1' }))
    for (const stream of streams) await stream.close()
  })

  test('tells how far the contact has applied the log', async () => {
    const { alice, bob, a, b } = await makePair()
    const stream = await alice.listen()
    await bob.call('applied', { at: { contact: a.id }, body: { seq: 1 } })
    expect(await stream.nextOf('applied')).toEqual({ type: 'applied', contact: b.id, seq: 1 })
    await stream.close()
  })

  test('tells when a contact comes and when the contact’s last stream goes', async () => {
    const { alice, bob, b } = await makePair()
    const stream = await alice.listen()
    const [one, other] = [await bob.listen(), await bob.listen()]
    expect(await stream.nextOf('online')).toEqual({ type: 'online', contact: b.id, isOnline: true })
    expect(await alice.call('conversations')).toMatchObject({ conversations: [{ isContactOnline: true }] })
    await one.close()
    await other.close()
    expect(await stream.nextOf('online')).toEqual({ type: 'online', contact: b.id, isOnline: false })
    await stream.close()
  })

  test('tells strangers nothing', async () => {
    const { alice, b, keys } = await makePair()
    const stranger = server.visit()
    await stranger.register()
    const stream = await stranger.listen()
    expect(await stream.next()).toMatchObject({ type: 'hello', conversations: [] })
    await alice.call('append', { at: { contact: b.id }, body: { entries: [message(keys, 2)] } })
    await stranger.call('endSession')
    expect(await stream.next()).toEqual({ type: 'ended' })
  })

  test('ends with the session', async () => {
    const { alice } = await makePair()
    const stream = await alice.listen()
    await stream.nextOf('hello')
    await alice.call('endSession')
    expect(await stream.next()).toEqual({ type: 'ended' })
    expect(await stream.next()).toBeNull()
  })

  test('ends when the session runs out, though it is open and nobody calls', async () => {
    const { alice } = await makePair()
    const stream = await alice.listen()
    await stream.nextOf('hello')
    server.moveClock(30 * 60_000)
    expect(await stream.next()).toEqual({ type: 'ended' })
    expect(await stream.next()).toBeNull()
  })

  test('is open at most 20 times for an account', async () => {
    const { alice } = await makePair()
    const streams = []
    for (let count = 0; count < 20; count++) streams.push(await alice.listen())
    const refused = await readRefusal(await alice.send('GET', '/api/stream'))
    expect(refused).toMatchObject({ status: 429, code: 'too_many_streams' })
    for (const stream of streams) await stream.close()
  })

  test('leaves nobody online whose request was cut before it was answered', async () => {
    const { alice, a } = await makePair()
    const { db, hub } = server.deps
    const cut = new AbortController()
    // SQLite has one connection: what needs it waits, while the reader goes.
    const holder = await db.transaction()
    const request = fetch(`${server.origin}/api/stream`, {
      headers: { Cookie: alice.cookie },
      signal: cut.signal,
    })
    await delay(100)
    cut.abort()
    await expect(request).rejects.toThrow('abort')
    await delay(100)
    await holder.rollback()
    await alice.call('conversations')
    await expect.poll(() => hub.isOnline(a.id)).toBe(false)
  })

  test('needs a session', async () => {
    const visitor = server.visit()
    await visitor.openSession()
    expect(await visitor.refused('stream')).toMatchObject({ status: 401, code: 'not_signed_in' })
  })

  test('does not stay open for HEAD', async () => {
    const { alice } = await makePair()
    expect((await alice.send('HEAD', '/api/stream')).status).toBe(405)
  })
})
