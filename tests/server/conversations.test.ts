import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ivOf, message, newKeySet, randomText } from '../contracts/entries.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

async function makePair() {
  const [alice, bob] = [server.visit(), server.visit()]
  const [a, b] = [await alice.register(), await bob.register()]
  return { alice, bob, a, b }
}

describe('the directory', () => {
  test('finds an account by its exact name and by its id, and shows no more than it must', async () => {
    const { alice, b } = await makePair()
    const expected = { id: b.id, username: b.username, identity: null }
    expect(await alice.call('findAccount', { at: { username: b.username } })).toEqual(expected)
    expect(await alice.call('account', { at: { contact: b.id } })).toEqual(expected)
    const refused = await alice.refused('findAccount', { at: { username: `${b.username}x` } })
    expect(refused).toMatchObject({ status: 404, code: 'account_not_found' })
  })

  test('does not know an account that is being enrolled', async () => {
    const { alice } = await makePair()
    await server.visit().beginEnrolment('not-yet', 'long enough')
    const refused = await alice.refused('findAccount', { at: { username: 'not-yet' } })
    expect(refused.code).toBe('account_not_found')
  })
})

describe('the identity key', () => {
  test('is published by compare and swap, shown to contacts, and never forgotten', async () => {
    const { alice, bob, b } = await makePair()
    const [first, second] = [randomText(97), randomText(97)]
    expect(await bob.call('ownIdentity')).toEqual({ identity: null, publishedAt: null })
    const publish = (identity: string, replaces: string | null) => ({ body: { identity, replaces } })
    expect(await bob.call('publishIdentity', publish(first, null))).toMatchObject({ identity: first })
    for (const replaces of [null, second])
      expect(await bob.refused('publishIdentity', publish(second, replaces))).toMatchObject({
        status: 409,
        code: 'identity_conflict',
      })
    await bob.call('publishIdentity', publish(second, first))
    expect((await bob.call('ownIdentity')).identity).toBe(second)
    expect((await alice.call('account', { at: { contact: b.id } })).identity).toBe(second)
    expect(await server.deps.db('identities').where({ account: b.id }).select('number')).toHaveLength(2)
  })
})

describe('beginRun', () => {
  test('knows the install that holds the last token, by any token whose swap it did not see answered', async () => {
    const { alice } = await makePair()
    const install = randomText(16)
    const swap = async (previous: string[], next: string) =>
      (await alice.call('beginRun', { body: { install, previous, next } })).isKnown
    const [one, two, three] = [randomText(16), randomText(16), randomText(16)]
    expect(await swap([], one)).toBe(true)
    expect(await swap([one], two)).toBe(true)
    expect(await swap([one, two], three)).toBe(true)
  })

  test('does not know a copy, nor an install that was set back, nor a token of an install that is new', async () => {
    const { alice } = await makePair()
    const install = randomText(16)
    const swap = async (previous: string[], next: string, of = install) =>
      (await alice.call('beginRun', { body: { install: of, previous, next } })).isKnown
    const [one, two] = [randomText(16), randomText(16)]
    await swap([], one)
    await swap([one], two)
    expect(await swap([one], randomText(16))).toBe(false)
    expect(await swap([], randomText(16))).toBe(false)
    expect(await swap([one], randomText(16), randomText(16))).toBe(false)
  })

  test('returns the highest IV under the newest key set, one for each conversation, of this account only', async () => {
    const { alice, bob, a, b } = await makePair()
    const carol = await server.visit().register()
    const [old, current, other] = [newKeySet(), newKeySet(), newKeySet()]
    const send = (contact: number, entries: unknown[]) =>
      alice.call('append', { at: { contact }, body: { entries } })
    await send(b.id, [message(old, 9), message(current, 1), message(current, 4)])
    await send(carol.id, [message(other, 2)])
    await bob.call('append', { at: { contact: a.id }, body: { entries: [message(newKeySet(), 77)] } })
    const { marks } = await alice.call('beginRun', {
      body: { install: randomText(16), previous: [], next: randomText(16) },
    })
    expect(marks.sort((x, y) => (x.contact === b.id ? -1 : y.contact === b.id ? 1 : 0))).toEqual([
      { contact: b.id, keys: current, IV: ivOf(4) },
      { contact: carol.id, keys: other, IV: ivOf(2) },
    ])
  })
})

describe('pull', () => {
  test('of a conversation that has not begun is an empty page', async () => {
    const { alice, b } = await makePair()
    const page = await alice.call('pull', { at: { contact: b.id }, query: '?after=0' })
    expect(page).toEqual({ contact: b.id, after: 0, entries: [], head: 0 })
  })

  test('gives what stands after the cursor, as many as asked for, with the head', async () => {
    const { alice, bob, a, b } = await makePair()
    const keys = newKeySet()
    const entries = Array.from({ length: 7 }, (_, index) => message(keys, index + 1))
    await alice.call('append', { at: { contact: b.id }, body: { entries } })
    const page = await bob.call('pull', { at: { contact: a.id }, query: '?after=2&limit=3' })
    expect(page).toMatchObject({ contact: a.id, after: 2, head: 7 })
    expect(page.entries.map(({ seq, id, sender, envelope }) => ({ seq, id, sender, envelope }))).toEqual(
      entries.slice(2, 5).map((entry, index) => ({ seq: index + 3, sender: a.id, ...entry })),
    )
  })

  test('gives at most 1 MiB of envelopes, and at least one entry', async () => {
    const { alice, b } = await makePair()
    const keys = newKeySet()
    for (const start of [0, 10])
      await alice.call('append', {
        at: { contact: b.id },
        body: { entries: Array.from({ length: 10 }, (_, index) => message(keys, start + index + 1, 70_000)) },
      })
    const { entries, head } = await alice.call('pull', { at: { contact: b.id }, query: '?after=0' })
    const bytes = entries.reduce((sum, { envelope }) => sum + envelope.length, 0)
    expect(head).toBe(20)
    expect(bytes).toBeLessThanOrEqual(1024 * 1024)
    expect(bytes + (entries[0]?.envelope.length ?? 0)).toBeGreaterThan(1024 * 1024)
  })

  test('refuses a cursor beyond the head', async () => {
    const { alice, b } = await makePair()
    const refused = await alice.refused('pull', { at: { contact: b.id }, query: '?after=1' })
    expect(refused).toMatchObject({ status: 409, code: 'cursor_beyond_head' })
  })

  test('shows a conversation to its two accounts only', async () => {
    const { alice, a, b } = await makePair()
    await alice.call('append', { at: { contact: b.id }, body: { entries: [message(newKeySet(), 1)] } })
    const carol = server.visit()
    await carol.register()
    for (const contact of [a.id, b.id])
      expect(await carol.call('pull', { at: { contact }, query: '?after=0' })).toMatchObject({
        entries: [],
        head: 0,
      })
    expect(await carol.call('conversations')).toEqual({ conversations: [] })
  })
})

describe('append', () => {
  test('takes 100 entries and more than a MiB of request, and answers a refusal with 200', async () => {
    const { alice, b } = await makePair()
    const keys = newKeySet()
    const entries = Array.from({ length: 100 }, (_, index) => message(keys, index + 1, 9000))
    const answer = await alice.call('append', { at: { contact: b.id }, body: { entries } })
    expect(answer.stored.length).toBeGreaterThan(80)
    expect(answer.refused?.code).toBe('too_many_bytes')
  })

  test('of two who write at once gives each entry its own position', async () => {
    const { alice, bob, a, b } = await makePair()
    const write = (visitor: typeof alice, contact: number) =>
      Promise.all(
        Array.from({ length: 10 }, () =>
          visitor.call('append', { at: { contact }, body: { entries: [message(newKeySet(), 1)] } }),
        ),
      )
    await Promise.all([write(alice, b.id), write(bob, a.id)])
    const { entries, head } = await alice.call('pull', { at: { contact: b.id }, query: '?after=0' })
    expect(head).toBe(20)
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })
})

describe('applied', () => {
  test('is shown to the contact as what was delivered', async () => {
    const { alice, bob, a, b } = await makePair()
    await alice.call('append', { at: { contact: b.id }, body: { entries: [message(newKeySet(), 1)] } })
    await bob.call('applied', { at: { contact: a.id }, body: { seq: 1 } })
    expect(await alice.call('conversations')).toEqual({
      conversations: [
        { contact: { id: b.id, username: b.username }, head: 1, contactApplied: 1, isContactOnline: false },
      ],
    })
  })

  test('in a conversation that has not begun is 0', async () => {
    const { alice, b } = await makePair()
    await alice.call('applied', { at: { contact: b.id }, body: { seq: 0 } })
    const refused = await alice.refused('applied', { at: { contact: b.id }, body: { seq: 1 } })
    expect(refused.code).toBe('cursor_beyond_head')
    expect(await alice.call('conversations')).toEqual({ conversations: [] })
  })
})

describe('the log of an account', { timeout: 60_000 }, () => {
  test('takes so many entries of an account within a minute, then says when to come back', async () => {
    const strict = await startTestServer({ environment: { ENTRIES_PER_MINUTE: '100' } })
    try {
      const alice = strict.visit()
      await alice.register()
      const at = { contact: (await strict.visit().register()).id }
      const keys = newKeySet()
      const first = Array.from({ length: 100 }, (_, index) => message(keys, index + 1))
      const append = (entries: readonly unknown[]) => alice.call('append', { at, body: { entries } })
      await append(first)
      const next = message(keys, 101)
      const response = await alice.post(`/api/conversations/${at.contact}/entries`, {
        token: alice.token,
        entries: [next],
      })
      expect([response.status, Number(response.headers.get('retry-after')) > 30]).toEqual([429, true])
      expect(await response.text()).toContain('too_many_entries')
      // What stands in the log already is answered as before.
      expect((await append(first)).stored).toHaveLength(100)
      strict.moveClock(60_000)
      expect((await append([next])).stored).toMatchObject([{ seq: 101 }])
    } finally {
      await strict.remove()
    }
  })
})
