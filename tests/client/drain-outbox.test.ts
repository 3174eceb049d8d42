import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi } from '../../pwa/client/api/http.ts'
import { newOutboxRow } from '../../pwa/client/history/counters.ts'
import type { ParkReason } from '../../pwa/client/contract/outbox.ts'
import {
  PENDING_POSITION,
  type AccountDatabase,
  type MessageRow,
  type OutboxRow,
} from '../../pwa/client/history/database.ts'
import { drainOutbox, type DrainOutcome, type DrainParts } from '../../pwa/client/sync/drain-outbox.ts'
import { freshAccountId, freshId, openDatabase } from './account-databases.ts'
import { startScriptedServer, type Behaviour, type ScriptedServer } from './scripted-server.ts'
import { pathOf } from './path-of.ts'

const CONTACT = 7
const NOW_MS = 1_000_000

let account: number
let database: AccountDatabase
let server: ScriptedServer

beforeEach(async () => {
  account = freshAccountId()
  database = await openDatabase(account)
  server = await startScriptedServer(account)
  return async () => {
    database.close()
    await server.close()
  }
})

const parts = (change: Partial<DrainParts> = {}): DrainParts => ({
  account,
  database,
  api: createApi(server.fetch),
  locks: navigator.locks,
  nowMs: () => NOW_MS,
  mayJudgeStale: true,
  ...change,
})
const drain = (change: Partial<DrainParts> = {}): Promise<DrainOutcome> => drainOutbox(parts(change))

/** Puts rows at the end of a conversation's outbox and returns their ids. */
async function queue(count: number, row: Partial<OutboxRow> = {}): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) {
    const id = freshId()
    ids.push(id)
    await database.transaction('rw', database.outbox, async () => {
      const fresh = await newOutboxRow(database, {
        id,
        conversation: CONTACT,
        kind: 'message',
        envelope: `{"number":${index}}`,
        exchange: freshId(),
        seal: null,
        next: null,
        notAfter: null,
        ...row,
      })
      await database.outbox.put(fresh)
    })
  }
  return ids
}

const unsentIds = async (): Promise<string[]> =>
  (await database.outbox.orderBy('[conversation+order]').toArray())
    .filter((row) => row.storedSeq === null)
    .map((row) => row.id)

const status = (code: number, more: { code?: string; retryAfter?: string } = {}): Behaviour => ({
  kind: 'status',
  status: code,
  ...more,
})

describe('drainOutbox', () => {
  test('has nothing to do and asks nobody when nothing is queued', async () => {
    server.account = null
    expect(await drain()).toEqual({ state: 'empty' })
  })

  test('stores all rows in order and keeps them until the log has shown them', async () => {
    const ids = await queue(10)
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.stored.get(CONTACT)).toEqual(ids)
    const rows = await database.outbox.orderBy('[conversation+order]').toArray()
    expect(rows.map((row) => row.storedSeq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.appends).toHaveLength(1)
  })

  const unreachable = { state: 'unreachable', retryAfterMs: null }
  const troubles: readonly (readonly [string, Behaviour, DrainOutcome])[] = [
    ['status 401', status(401, { code: 'not_signed_in' }), { state: 'expired' }],
    ['status 403 of a wrong origin', status(403, { code: 'wrong_origin' }), { state: 'expired' }],
    ['status 404 without a code of ours', status(404, { code: 'gone fishing' }), unreachable as DrainOutcome],
    ['status 425', status(425), unreachable as DrainOutcome],
    ['status 408', status(408), unreachable as DrainOutcome],
    ['status 429', status(429, { code: 'too_many_streams' }), unreachable as DrainOutcome],
    [
      'status 429 with Retry-After',
      status(429, { retryAfter: '7' }),
      { state: 'unreachable', retryAfterMs: 7000 },
    ],
    ['status 500', status(500, { code: 'internal' }), unreachable as DrainOutcome],
    ['status 502 of a proxy', status(502, { code: 'no code of ours' }), unreachable as DrainOutcome],
    [
      'status 503 with Retry-After',
      status(503, { retryAfter: '2' }),
      { state: 'unreachable', retryAfterMs: 2000 },
    ],
    ['status 504', status(504), unreachable as DrainOutcome],
    ['a reset before the headers', { kind: 'reset' }, unreachable as DrainOutcome],
    ['a reset after the server has stored', { kind: 'reset-after-store' }, unreachable as DrainOutcome],
    ['an answer that is not ours', { kind: 'foreign-answer-after-store' }, unreachable as DrainOutcome],
  ]
  test.each(troubles)(
    'keeps all on %s, and sends it once and in order later',
    async (_, trouble, outcome) => {
      const ids = await queue(10)
      server.script.push(trouble)
      expect(await drain()).toEqual(outcome)
      expect(await unsentIds()).toEqual(ids)
      expect(await drain()).toEqual({ state: 'empty' })
      expect(server.stored.get(CONTACT)).toEqual(ids)
      expect(await unsentIds()).toEqual([])
    },
  )

  test('status 201 counts as stored', async () => {
    const ids = await queue(2)
    const created: typeof fetch = async (input, init) => {
      const response = await server.fetch(input, init)
      return new Response(await response.text(), { status: response.status === 200 ? 201 : response.status })
    }
    expect(await drain({ api: createApi(created) })).toEqual({ state: 'empty' })
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('a token that is refused once costs a repetition only', async () => {
    const ids = await queue(10)
    server.script.push(status(403, { code: 'csrf_mismatch' }))
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('a token that is refused twice pauses the outbox', async () => {
    const ids = await queue(10)
    server.script.push(status(403, { code: 'csrf_mismatch' }), status(403, { code: 'csrf_mismatch' }))
    expect(await drain()).toEqual({ state: 'expired' })
    expect(await unsentIds()).toEqual(ids)
  })

  const parking: readonly (readonly [number, string, ParkReason])[] = [
    [400, 'invalid_body', 'refused'],
    [404, 'account_not_found', 'contact_gone'],
    [413, 'body_too_large', 'too_large'],
    [422, 'conversation_with_self', 'refused'],
  ]
  test.each(parking)(
    'status %d %s parks the front row, holds up only its own conversation and loses nothing',
    async (code, word, reason) => {
      const ids = await queue(3)
      server.always.set(CONTACT, status(code, { code: word }))
      const others = new Map<number, string[]>()
      for (let contact = CONTACT + 1; contact <= CONTACT + 8; contact += 1)
        others.set(contact, await queue(2, { conversation: contact }))
      expect(await drain()).toEqual({ state: 'waiting' })
      for (const [contact, expected] of others) expect(server.stored.get(contact)).toEqual(expected)
      expect(await unsentIds()).toEqual(ids)
      expect(await database.outbox.get(ids[0] ?? '')).toMatchObject({ parked: reason, refused: null })
      const appends = server.appends.length
      expect(await drain()).toEqual({ state: 'waiting' })
      expect(server.appends.length).toBe(appends)
      server.always.clear()
      await database.outbox.update(ids[0] ?? '', { parked: undefined })
      expect(await drain()).toEqual({ state: 'empty' })
      expect(server.stored.get(CONTACT)).toEqual(ids)
    },
  )

  test('status 409 leaves the front row to a page that seals it again', async () => {
    const ids = await queue(3)
    server.always.set(CONTACT, status(409, { code: 'identity_conflict' }))
    expect(await drain()).toEqual({ state: 'waiting' })
    expect(await unsentIds()).toEqual(ids)
    expect(await database.outbox.get(ids[0] ?? '')).toMatchObject({ refused: 'conflict' })
  })

  test('a refusal of many parks none of them before each was refused alone', async () => {
    const ids = await queue(3)
    server.script.push(status(413, { code: 'body_too_large' }))
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.appends.map(({ entries }) => entries)).toEqual([3, 1, 1, 1])
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('an id that somebody else has used parks its row', async () => {
    const [taken] = await queue(2)
    server.refusals.set(taken ?? '', 'entry_id_of_other')
    expect(await drain()).toEqual({ state: 'waiting' })
    expect(await database.outbox.get(taken ?? '')).toMatchObject({ parked: 'id_taken', refused: null })
  })

  test('one conversation that nobody answers holds up no other', { timeout: 30_000 }, async () => {
    await queue(1)
    server.always.set(CONTACT, { kind: 'hang' })
    const others = Array.from({ length: 12 }, (_, index) => CONTACT + 1 + index)
    for (const conversation of others) await queue(1, { conversation })
    const draining = drain()
    await vi.waitUntil(() => others.every((contact) => server.stored.has(contact)), { timeout: 3_000 })
    expect(await draining).toEqual({ state: 'unreachable', retryAfterMs: null })
  })

  describe('of a message', () => {
    const appendOf = async (id: string | undefined): Promise<MessageRow['append']> =>
      (await database.messages.get(id ?? ''))?.append

    async function queueMessages(count: number): Promise<string[]> {
      const ids = await queue(count)
      for (const [index, id] of ids.entries())
        await database.messages.put({
          id,
          conversation: CONTACT,
          position: PENDING_POSITION + index + 1,
          kind: 'text',
          sender: account,
          at: NOW_MS,
          text: `text ${index}`,
          seal: null,
        })
      return ids
    }

    const uncertain: readonly Behaviour[] = [
      status(408),
      status(500),
      status(502),
      status(503),
      status(504),
      { kind: 'reset' },
      { kind: 'reset-after-store' },
      { kind: 'foreign-answer-after-store' },
    ]
    test.each(uncertain)('knows that it may be stored after $kind $status', async (behaviour) => {
      const [id] = await queueMessages(1)
      server.script.push(behaviour)
      await drain()
      expect(await appendOf(id)).toBe('unknown')
      await drain()
      expect(await appendOf(id)).toBeUndefined()
    })

    test.each([400, 401, 403, 409, 413, 422, 425, 429])(
      'knows that it has not left after status %d',
      async (code) => {
        const [id] = await queueMessages(1)
        server.script.push(status(code))
        await drain()
        expect(await appendOf(id)).toBeUndefined()
      },
    )

    test('a refusal after a lost answer leaves the doubt', async () => {
      const [id] = await queueMessages(1)
      server.script.push({ kind: 'reset-after-store' }, status(429))
      await drain()
      await drain()
      expect(await appendOf(id)).toBe('unknown')
    })

    test('marks it before the first byte leaves', async () => {
      const [id] = await queueMessages(1)
      let seen: MessageRow['append']
      const watching: typeof fetch = async (input, init) => {
        if (pathOf(input).includes('/entries')) seen = await appendOf(id)
        return server.fetch(input, init)
      }
      await drain({ api: createApi(watching) })
      expect(seen).toBe('sending')
    })

    test('a drain that ended in the middle leaves the doubt to the next', async () => {
      const [id] = await queueMessages(1)
      await database.messages.update(id ?? '', { append: 'sending' })
      server.script.push(status(429))
      await drain()
      expect(await appendOf(id)).toBe('unknown')
    })

    test('what may be stored goes alone first, and the rest follows at once', async () => {
      const ids = await queueMessages(5)
      server.script.push({ kind: 'reset' })
      await drain()
      expect(await drain()).toEqual({ state: 'empty' })
      expect(server.appends.map(({ entries }) => entries)).toEqual([5, 1, 4])
      expect(server.stored.get(CONTACT)).toEqual(ids)
    })
  })

  test('sends nothing without a session', async () => {
    const ids = await queue(5)
    server.account = null
    expect(await drain()).toEqual({ state: 'expired' })
    expect(server.appends).toEqual([])
    expect(await unsentIds()).toEqual(ids)
  })

  test('sends nothing of one account under the session of another, and all under its own', async () => {
    const ids = await queue(5)
    server.account = account + 1
    expect(await drain()).toEqual({ state: 'expired' })
    expect(server.appends).toEqual([])
    server.account = account
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('sends nothing when somebody else signs in between its question and its append', async () => {
    const ids = await queue(5)
    server.script.push(status(403, { code: 'csrf_mismatch' }))
    const switching: typeof fetch = async (input, init) => {
      if (pathOf(input).includes('/entries')) server.account = account + 1
      return server.fetch(input, init)
    }
    expect(await drain({ api: createApi(switching) })).toEqual({ state: 'expired' })
    expect(server.stored.size).toBe(0)
    expect(await unsentIds()).toEqual(ids)
  })

  test('a refused row stops its own conversation and no other', async () => {
    const [first, refused, behind] = await queue(3)
    const others = await queue(3, { conversation: CONTACT + 1 })
    server.refusals.set(refused ?? '', 'iv_not_rising')
    expect(await drain()).toEqual({ state: 'waiting' })
    expect(server.stored.get(CONTACT)).toEqual([first])
    expect(server.stored.get(CONTACT + 1)).toEqual(others)
    expect(await unsentIds()).toEqual([refused, behind])
    expect(await database.outbox.get(refused ?? '')).toMatchObject({ refused: 'iv_not_rising' })
    const appends = server.appends.length
    expect(await drain()).toEqual({ state: 'waiting' })
    expect(server.appends.length).toBe(appends)
  })

  test('sends at most 100 entries at once', async () => {
    const ids = await queue(250)
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.appends.map(({ entries }) => entries)).toEqual([100, 100, 50])
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('sends at most one MiB of envelopes at once', async () => {
    const ids = await queue(24, { envelope: 'x'.repeat(96 * 1024) })
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.appends.map(({ entries }) => entries)).toEqual([10, 10, 4])
    expect(Math.max(...server.appends.map(({ bytes }) => bytes))).toBeLessThanOrEqual(1024 * 1024)
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('leaves what may become stale, and all behind it, to the page when the worker drains', async () => {
    const [first] = await queue(1)
    const fresh = await queue(1, { kind: 'offer', notAfter: NOW_MS + 30_000 })
    const behind = await queue(1)
    expect(await drain({ mayJudgeStale: false })).toEqual({ state: 'waiting' })
    expect(server.stored.get(CONTACT)).toEqual([first])
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.stored.get(CONTACT)).toEqual([first, ...fresh, ...behind])
  })

  test('never sends an offer past its time', async () => {
    const stale = await queue(1, { kind: 'offer', notAfter: NOW_MS - 1 })
    const behind = await queue(1)
    expect(await drain()).toEqual({ state: 'waiting' })
    expect(server.appends).toEqual([])
    expect(await unsentIds()).toEqual([...stale, ...behind])
  })

  test('judges the time of an offer when its turn comes', async () => {
    await queue(100)
    const [offer] = await queue(1, { kind: 'offer', notAfter: NOW_MS })
    const nowMs = (): number => NOW_MS + (server.appends.length > 0 ? 1 : 0)
    expect(await drain({ nowMs })).toEqual({ state: 'waiting' })
    expect(await unsentIds()).toEqual([offer])
  })

  test('sends each row once when page and worker drain at the same time', async () => {
    const ids = await queue(150)
    const worker = await openDatabase(account)
    await Promise.all([drain(), drain({ database: worker, mayJudgeStale: false }), drain()])
    worker.close()
    expect(server.stored.get(CONTACT)).toEqual(ids)
    expect(server.appends.reduce((sum, { entries }) => sum + entries, 0)).toBe(150)
  })

  test('sends what is queued while it drains', async () => {
    const first = await queue(1)
    const late: string[] = []
    const slow: typeof fetch = async (input, init) => {
      if (pathOf(input).includes('/entries') && late.length === 0) late.push(...(await queue(1)))
      return server.fetch(input, init)
    }
    expect(await drain({ api: createApi(slow) })).toEqual({ state: 'empty' })
    expect(server.stored.get(CONTACT)).toEqual([...first, ...late])
  })

  test('ends when the server claims to have stored what nobody sent', async () => {
    await queue(1)
    server.answersStored = [{ id: freshId(), seq: 1, acceptedAt: 1, isSameEnvelope: true }]
    const outcome = await drain({ signal: AbortSignal.timeout(2_000) })
    expect(outcome).toEqual({ state: 'waiting' })
    expect(server.appends).toHaveLength(1)
  })

  test('takes over from a tab that was frozen while it drained', { timeout: 30_000 }, async () => {
    const ids = await queue(3)
    const frozen = Promise.withResolvers<void>()
    const holder = navigator.locks.request(`letterlock-${account}-drain-${CONTACT}`, () => frozen.promise)
    const stolen = holder.catch((error: unknown) => error)
    expect(await drain()).toEqual({ state: 'empty' })
    expect(server.stored.get(CONTACT)).toEqual(ids)
    frozen.resolve()
    expect(await stolen).toBeInstanceOf(DOMException)
  })
})
