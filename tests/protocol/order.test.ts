import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { u64 } from '../../pwa/protocol/bytes.ts'
import { emptyLog, type LogState } from '../../pwa/protocol/log-state.ts'
import {
  answerableOffer,
  applyAnswer,
  applyOffer,
  applyPrekey,
  currentExchange,
  findUsable,
  openOffer,
  usableSeq,
} from '../../pwa/protocol/order.ts'
import type { AnswerEnvelope, OfferEnvelope, PrekeyEnvelope } from '../../server/wire/envelope.ts'
import type { Entry } from '../../server/wire/log.ts'
import { ENTRY_ID, HASH, makeTools } from './two-parties.ts'

const A = 7
const B = 12
const START = 1_790_000_000_000
const tools = makeTools()
const empty = await emptyLog(tools, A, B)

const padTo = (text: string, sizeBytes: number) => Buffer.from(text.padEnd(sizeBytes)).toString('base64url')
/** Ids and keys that say what they are for. */
const exchangeId = (name: string) => padTo(name, 16)
const publicKey = (name: string) => padTo(name, 97)

function entryAfter(state: LogState, sender: number, acceptedAt: number): Entry {
  return { seq: state.seq + 1, id: ENTRY_ID, sender, acceptedAt, envelope: '{}' }
}

function offerOf(name: string, identity: string): OfferEnvelope {
  const exchange = exchangeId(name)
  return { type: 'ECDH', step: 'offer', exchange, identity: publicKey(identity), key: publicKey(name) }
}

function answerTo(name: string, identity: string, epoch = 1): AnswerEnvelope {
  const answer = { type: 'ECDH', step: 'answer', exchange: exchangeId(name) } as const
  const keys = { identity: publicKey(identity), key: publicKey(`answer to ${name}`) }
  // A salt of 24 bytes: the number, then zeros.
  const salt = Buffer.concat([u64(epoch), Buffer.alloc(16)]).toString('base64url')
  return { ...answer, ...keys, salt, confirm: HASH }
}

type Act = {
  readonly by: number
  readonly atMs: number
  readonly offer?: string
  readonly prekey?: string
  /** The identity that the prekey belongs to. */
  readonly to?: string
  readonly answer?: string
  readonly identity?: string
  readonly epoch?: number
}

function prekeyTo(name: string, identity: string, to: string, epoch: number): PrekeyEnvelope {
  const { salt, confirm } = answerTo(name, identity, epoch)
  const envelope = { ...offerOf(name, identity), step: 'prekey' } as const
  return { ...envelope, to: publicKey(to), prekey: exchangeId(`of ${name}`), salt, confirm }
}

/** Takes one act into the log: the running hash is left alone, as order does not depend on it. */
function act(state: LogState, one: Act) {
  const { by, atMs, offer, answer, prekey, identity = `of ${by}`, epoch = 1 } = one
  const entry = entryAfter(state, by, START + atMs)
  const chained = { ...state, seq: entry.seq, acceptedAt: entry.acceptedAt }
  if (offer !== undefined) return applyOffer(chained, entry, offerOf(offer, identity))
  if (answer !== undefined) return applyAnswer(chained, entry, answerTo(answer, identity, epoch))
  const { to = `of ${by === A ? B : A}` } = one
  if (prekey !== undefined) return applyPrekey(chained, entry, prekeyTo(prekey, identity, to, epoch))
  return { state: chained, outcome: 'none' }
}

function play(acts: readonly Act[]): { state: LogState; outcomes: string[] } {
  let state = empty
  const outcomes: string[] = []
  for (const one of acts) {
    const done = act(state, one)
    state = done.state
    outcomes.push(done.outcome)
  }
  return { state, outcomes }
}

const exchangeOf = (state: LogState, name: string) =>
  state.exchanges.find(({ exchange }) => exchange === exchangeId(name))

describe('applyOffer', () => {
  test('opens the first offer', () => {
    const { state, outcomes } = play([{ by: A, atMs: 0, offer: 'x' }])
    expect(outcomes).toEqual(['open'])
    expect(exchangeOf(state, 'x')).toEqual({
      exchange: exchangeId('x'),
      initiator: A,
      offerSeq: 1,
      offerId: ENTRY_ID,
      offeredAt: START,
      identity: publicKey(`of ${A}`),
      key: publicKey('x'),
      state: 'open',
      answer: null,
      prekey: null,
    })
  })

  test.each([
    [0, 'void'],
    [59_999, 'void'],
    [60_000, 'open'],
    [60_001, 'open'],
  ])('after %d ms of an offer of the other side is %s', (atMs, outcome) => {
    const { state, outcomes } = play([
      { by: A, atMs: 0, offer: 'x' },
      { by: B, atMs, offer: 'y' },
    ])
    expect(outcomes).toEqual(['open', outcome])
    expect(exchangeOf(state, 'x')?.state).toBe('open')
  })

  test.each([
    [59_999, ['x'], 'void'],
    [60_000, [], 'open'],
  ])('after %d ms of an open offer of the same side voids %j', (atMs, voided, left) => {
    const first = play([{ by: A, atMs: 0, offer: 'x' }]).state
    const second = act(first, { by: A, atMs, offer: 'y' })
    expect(second).toMatchObject({ outcome: 'open', voided: voided.map(exchangeId) })
    expect(exchangeOf(second.state, 'x')?.state).toBe(left)
  })

  test('is not hindered by an answered offer', () => {
    const acts = [
      { by: A, atMs: 0, offer: 'x' },
      { by: B, atMs: 10, answer: 'x' },
      { by: B, atMs: 20, offer: 'y' },
    ]
    expect(play(acts).outcomes).toEqual(['open', 'established', 'open'])
  })

  test('refuses an exchange id seen before, of either side, and changes nothing', () => {
    const before = play([{ by: A, atMs: 0, offer: 'x' }]).state
    for (const by of [A, B]) {
      const again = act(before, { by, atMs: 70_000, offer: 'x', identity: 'another' })
      expect(again).toMatchObject({ outcome: 'repeated', voided: [] })
      expect(again.state.exchanges).toEqual(before.exchanges)
      expect(again.state.identities).toEqual(before.identities)
    }
  })

  test('shows the identity of its sender, also when void', () => {
    const { state } = play([
      { by: A, atMs: 0, offer: 'x', identity: 'first' },
      { by: B, atMs: 1, offer: 'y', identity: 'second' },
    ])
    expect(state.identities).toEqual({ [A]: publicKey('first'), [B]: publicKey('second') })
  })
})

describe('applyAnswer', () => {
  test.each([
    [0, 'established'],
    [59_999, 'established'],
    [60_000, 'late'],
    [60_001, 'late'],
  ])('after %d ms is %s', (atMs, outcome) => {
    const acts = [
      { by: A, atMs: 0, offer: 'x' },
      { by: B, atMs, answer: 'x' },
    ]
    expect(play(acts).outcomes[1]).toBe(outcome)
  })

  test('keeps what the answer says', () => {
    const { state } = play([
      { by: A, atMs: 0, offer: 'x' },
      { by: B, atMs: 5, answer: 'x', identity: 'bob' },
    ])
    const { identity, key, salt, confirm } = answerTo('x', 'bob')
    expect(exchangeOf(state, 'x')).toMatchObject({
      state: 'established',
      answer: { seq: 2, id: ENTRY_ID, acceptedAt: START + 5, identity, key, salt, confirm },
    })
    expect(state.identities[B]).toBe(publicKey('bob'))
  })

  const refusals: [string, string, Act[]][] = [
    ['an offer that is not in the log', 'unknown_offer', [{ by: B, atMs: 0, answer: 'x' }]],
    [
      'the own offer',
      'own_offer',
      [
        { by: A, atMs: 0, offer: 'x' },
        { by: A, atMs: 1, answer: 'x' },
      ],
    ],
    [
      'an offer replaced by its own side',
      'void_offer',
      [
        { by: A, atMs: 0, offer: 'x' },
        { by: A, atMs: 1, offer: 'y' },
        { by: B, atMs: 2, answer: 'x' },
      ],
    ],
    [
      'an offer that crossed an open one',
      'void_offer',
      [
        { by: A, atMs: 0, offer: 'x' },
        { by: B, atMs: 1, offer: 'y' },
        { by: A, atMs: 2, answer: 'y' },
      ],
    ],
    [
      'an offer that was answered',
      'not_first',
      [
        { by: A, atMs: 0, offer: 'x' },
        { by: B, atMs: 1, answer: 'x' },
        { by: B, atMs: 2, answer: 'x', identity: 'another' },
      ],
    ],
    [
      'an offer with an epoch other than 1',
      'bad_epoch',
      [
        { by: A, atMs: 0, offer: 'x' },
        { by: B, atMs: 1, answer: 'x', epoch: 2 },
      ],
    ],
  ]
  test.each(refusals)('to %s is %s and changes nothing', (_what, outcome, acts) => {
    const before = play(acts.slice(0, -1)).state
    const after = play(acts)
    expect(after.outcomes.at(-1)).toBe(outcome)
    expect(after.state.exchanges).toEqual(before.exchanges)
    expect(after.state.identities).toEqual(before.identities)
  })

  test('establishes after an own answer and a malformed one were refused', () => {
    const acts = [
      { by: A, atMs: 0, offer: 'x' },
      { by: A, atMs: 1, answer: 'x' },
      { by: B, atMs: 2, answer: 'x', epoch: 0 },
      { by: B, atMs: 3, answer: 'x' },
    ]
    expect(play(acts).outcomes).toEqual(['open', 'own_offer', 'bad_epoch', 'established'])
  })

  test('leaves a void offer void for ever', () => {
    const acts = [
      { by: A, atMs: 0, offer: 'x' },
      { by: B, atMs: 1, offer: 'y' },
      { by: A, atMs: 60_001, answer: 'y' },
    ]
    expect(play(acts).outcomes).toEqual(['open', 'void', 'void_offer'])
  })
})

describe('currentExchange', () => {
  const agreed: Act[] = [
    { by: A, atMs: 0, offer: 'x' },
    { by: B, atMs: 1, answer: 'x' },
  ]
  const current = (acts: readonly Act[]) => currentExchange(play(acts).state, A)?.exchange ?? null

  test('is none before an answer', () => {
    expect(current([])).toBeNull()
    expect(current(agreed.slice(0, 1))).toBeNull()
  })

  test('is the established one', () => {
    expect(current(agreed)).toBe(exchangeId('x'))
    expect(current([...agreed, { by: A, atMs: 90_000 }])).toBe(exchangeId('x'))
  })

  test('is the one that survives crossing offers', () => {
    const crossing = [agreed[0], { by: B, atMs: 1, offer: 'y' }, { by: B, atMs: 2, answer: 'x' }]
    expect(current(crossing.flatMap((one) => one ?? []))).toBe(exchangeId('x'))
  })

  test.each([A, B])('is none once %d begins anew, answered or not, and then the new one', (by) => {
    const anew = [...agreed, { by, atMs: 100, offer: 'y' }]
    expect(current(anew)).toBeNull()
    expect(current([...anew, { by, atMs: 200_000 }])).toBeNull()
    const other = by === A ? B : A
    expect(current([...anew, { by: other, atMs: 200, answer: 'y' }])).toBe(exchangeId('y'))
  })

  test('is not changed by a repeated offer or a refused answer', () => {
    const noise = [
      { by: B, atMs: 100, offer: 'x' },
      { by: B, atMs: 101, answer: 'x' },
    ]
    expect(current([...agreed, ...noise])).toBe(exchangeId('x'))
  })
})

describe('applyPrekey', () => {
  test('makes an exchange that its initiator alone may use', () => {
    const { state, outcomes } = play([{ by: A, atMs: 0, prekey: 'x' }])
    expect(outcomes).toEqual(['one-way'])
    const { salt, confirm } = answerTo('x', '')
    expect(exchangeOf(state, 'x')).toMatchObject({
      initiator: A,
      offerSeq: 1,
      state: 'one-way',
      answer: null,
      prekey: { to: publicKey(`of ${B}`), id: exchangeId('of x'), salt, confirm },
    })
    expect(findUsable(state, exchangeId('x'), A)?.exchange).toBe(exchangeId('x'))
    expect(findUsable(state, exchangeId('x'), B)).toBeNull()
    expect(currentExchange(state, A)?.exchange).toBe(exchangeId('x'))
    expect(currentExchange(state, B)).toBeNull()
    expect(state.identities).toEqual({ [A]: publicKey(`of ${A}`), [B]: null })
  })

  test('refuses an exchange id seen before, and an epoch other than 1, and changes nothing', () => {
    const before = play([{ by: A, atMs: 0, offer: 'x' }]).state
    for (const one of [{ prekey: 'x' }, { prekey: 'y', epoch: 2 }]) {
      const after = act(before, { by: B, atMs: 1, ...one })
      expect(['repeated', 'bad_epoch']).toContain(after.outcome)
      expect(after.state.exchanges).toEqual(before.exchanges)
      expect(after.state.identities).toEqual(before.identities)
    }
  })

  test('leaves open offers open, and cannot be answered', () => {
    const acts = [
      { by: A, atMs: 0, offer: 'x' },
      { by: A, atMs: 1, prekey: 'y' },
      { by: B, atMs: 2, answer: 'y' },
      { by: B, atMs: 3, answer: 'x' },
    ]
    expect(play(acts).outcomes).toEqual(['open', 'one-way', 'unknown_offer', 'established'])
  })

  test('is ordered by its own entry, an answered offer by its answer', () => {
    const { state } = play([
      { by: A, atMs: 0, offer: 'x' },
      { by: A, atMs: 1, prekey: 'y' },
      { by: B, atMs: 2, answer: 'x' },
    ])
    expect(state.exchanges.map((record) => usableSeq(record))).toEqual([3, 2])
  })
})

describe('currentExchange with one-way exchanges', () => {
  const current = (acts: readonly Act[], self = A) => {
    const name = currentExchange(play(acts).state, self)?.exchange
    return name === undefined ? null : Buffer.from(name, 'base64url').toString().trim()
  }
  const met: Act[] = [
    { by: A, atMs: 0, offer: 'two' },
    { by: B, atMs: 1, answer: 'two' },
  ]

  test('is each side’s own when both began one', () => {
    const acts = [
      { by: A, atMs: 0, prekey: 'a' },
      { by: B, atMs: 1, prekey: 'b' },
    ]
    expect([current(acts, A), current(acts, B)]).toEqual(['a', 'b'])
  })

  test('is none for the other side of a two-way one once somebody begins one-way', () => {
    const acts = [...met, { by: A, atMs: 2, prekey: 'a' }]
    expect([current(acts, A), current(acts, B)]).toEqual(['a', null])
  })

  test('is the two-way one established after it, and it never comes back', () => {
    const acts = [{ by: A, atMs: 0, prekey: 'a' }, ...met]
    expect([current(acts, A), current(acts, B)]).toEqual(['two', 'two'])
    expect(current([...acts, { by: B, atMs: 3, offer: 'new' }], A)).toBeNull()
  })

  test('stays through offers that nobody answered', () => {
    const acts = [
      { by: A, atMs: 0, prekey: 'a' },
      { by: B, atMs: 1, offer: 'x' },
      { by: A, atMs: 70_000, offer: 'y' },
    ]
    expect(current(acts)).toBe('a')
  })

  test.each([
    ['offer', { by: B, atMs: 1, offer: 'x', identity: 'new' }],
    ['prekey', { by: B, atMs: 1, prekey: 'x', identity: 'new' }],
  ])('is none once the other side shows another identity by an %s', (_what, one: Act) => {
    const acts = [{ by: A, atMs: 0, prekey: 'a' }, one]
    expect(current(acts)).toBeNull()
    expect(current([...acts, { by: A, atMs: 2, prekey: 'c', to: 'new' }])).toBe('c')
  })

  test('is one to an identity that only the directory showed so far', () => {
    const acts = [...met, { by: A, atMs: 2, prekey: 'a', to: 'new' }]
    expect(current(acts)).toBe('a')
    expect(current([...acts, { by: B, atMs: 3, offer: 'x' }])).toBeNull()
  })

  test('is none once the other side reported it lost', () => {
    const { state } = play([{ by: A, atMs: 0, prekey: 'a' }])
    const report = { identity: publicKey('b'), exchange: exchangeId('a'), confirmedSeq: 0 }
    expect(currentExchange({ ...state, lost: [{ ...report, by: A }] }, A)).not.toBeNull()
    expect(currentExchange({ ...state, lost: [{ ...report, by: B }] }, A)).toBeNull()
  })

  test('follows the rules, read without state, for any log', () => {
    const names = ['p', 'q', 'r', 's', 't', 'u']
    const step = fc.record({
      by: fc.constantFrom(A, B),
      waitMs: fc.constantFrom(0, 1, 60_000),
      name: fc.constantFrom(...names),
      kind: fc.constantFrom('offer', 'answer', 'prekey'),
      identity: fc.constantFrom('first', 'second'),
      to: fc.constantFrom('first', 'second'),
    })
    const logs = fc.array(step, { maxLength: 20 }).map((steps) => {
      let atMs = 0
      return steps.map(({ by, waitMs, name, kind, identity, to }): Act => {
        atMs += waitMs
        return { by, atMs, [kind]: name, identity, ...(kind === 'prekey' ? { to } : {}) }
      })
    })
    const kinds = new Set<string>()
    const property = fc.property(logs, fc.constantFrom(A, B), (acts, self) => {
      const { state, outcomes } = play(acts)
      const begun = (index: number) => ['open', 'void', 'one-way'].includes(outcomes[index] ?? '')
      const lastAnswer = outcomes.lastIndexOf('established')
      const isHeld = lastAnswer !== -1 && !acts.some((_, index) => index > lastAnswer && begun(index))
      const lastOwn = acts.findLastIndex((one, index) => outcomes[index] === 'one-way' && one.by === self)
      const shown = acts.filter(
        (one, index) =>
          index > lastOwn && one.by !== self && (begun(index) || outcomes[index] === 'established'),
      )
      const isStanding =
        lastOwn > lastAnswer && (shown.at(-1)?.identity ?? acts[lastOwn]?.to) === acts[lastOwn]?.to
      const expected = isHeld ? acts[lastAnswer]?.answer : isStanding ? acts[lastOwn]?.prekey : undefined
      kinds.add(isHeld ? 'two-way' : isStanding ? 'one-way' : 'none')
      const found = currentExchange(state, self)?.exchange ?? null
      expect(found).toBe(expected === undefined ? null : exchangeId(expected))
    })
    fc.assert(property, { numRuns: 1000, seed: 1 })
    expect(kinds.size).toBe(3)
  })
})

describe('openOffer and answerableOffer', () => {
  const { state } = play([{ by: A, atMs: 0, offer: 'x' }])

  test.each([
    [-5_000, true],
    [0, true],
    [59_999, true],
    [60_000, false],
    [60_001, false],
  ])('%d ms later: open is %s', (atMs, isOpen) => {
    const nowMs = START + atMs
    expect(openOffer(state, nowMs)?.exchange === exchangeId('x')).toBe(isOpen)
    expect(answerableOffer(state, { self: B, nowMs }) !== null).toBe(isOpen)
    expect(answerableOffer(state, { self: A, nowMs })).toBeNull()
  })

  test('never engage in an offer older than the log itself shows, whatever the clock says', () => {
    const later = play([
      { by: A, atMs: 0, offer: 'x' },
      { by: A, atMs: 60_000 },
    ]).state
    expect(openOffer(later, START)).toBeNull()
    expect(answerableOffer(later, { self: B, nowMs: START })).toBeNull()
  })

  test('skip void and answered offers', () => {
    const replaced = play([
      { by: A, atMs: 0, offer: 'x' },
      { by: A, atMs: 1, offer: 'y' },
    ]).state
    expect(answerableOffer(replaced, { self: B, nowMs: START + 2 })?.exchange).toBe(exchangeId('y'))
    const answered = act(replaced, { by: B, atMs: 2, answer: 'y' }).state
    expect(openOffer(answered, START + 2)).toBeNull()
  })
})

describe('the log of any offers and answers', () => {
  const names = ['p', 'q', 'r', 's', 't']
  const step = fc.record({
    by: fc.constantFrom(A, B),
    waitMs: fc.constantFrom(0, 1, 20_000, 59_999, 60_000, 60_001),
    name: fc.constantFrom(...names),
    isOffer: fc.boolean(),
  })
  const logs = fc.array(step, { maxLength: 25 }).map((steps) => {
    let atMs = 0
    return steps.map(({ by, waitMs, name, isOffer }): Act => {
      atMs += waitMs
      return isOffer ? { by, atMs, offer: name } : { by, atMs, answer: name }
    })
  })

  /** The rules once more, without state: what is true of entry `index` follows from the entries before it. */
  function judge(acts: readonly Act[], index: number): string {
    const one = acts[index]
    if (one === undefined) return 'none'
    const before = (test: (other: Act, at: number) => boolean) =>
      acts.findIndex((other, at) => at < index && test(other, at))
    const name = one.offer ?? one.answer
    const offered = before((other, at) => other.offer === name && judge(acts, at) !== 'repeated')
    if (one.offer !== undefined) {
      if (offered !== -1) return 'repeated'
      return before((other, at) => other.by !== one.by && isOpenAt(acts, at, index)) === -1 ? 'open' : 'void'
    }
    const offer = acts[offered]
    if (offer === undefined) return 'unknown_offer'
    if (offer.by === one.by) return 'own_offer'
    if (before((other, at) => other.answer === name && judge(acts, at) === 'established') !== -1)
      return 'not_first'
    if (judge(acts, offered) === 'void' || isReplaced(acts, offered, index)) return 'void_offer'
    return one.atMs - offer.atMs < 60_000 ? 'established' : 'late'
  }

  /** Another offer of the same side, while this one was open, voided it. */
  function isReplaced(acts: readonly Act[], offered: number, index: number): boolean {
    return acts.some(
      (other, at) =>
        at > offered &&
        at < index &&
        other.by === acts[offered]?.by &&
        judge(acts, at) === 'open' &&
        isOpenAt(acts, offered, at),
    )
  }

  function isOpenAt(acts: readonly Act[], offered: number, index: number): boolean {
    const offer = acts[offered]
    const now = acts[index]
    if (offer?.offer === undefined || now === undefined || now.atMs - offer.atMs >= 60_000) return false
    if (judge(acts, offered) !== 'open' || isReplaced(acts, offered, index)) return false
    return !acts.some(
      (other, at) =>
        at > offered && at < index && other.answer === offer.offer && judge(acts, at) === 'established',
    )
  }

  test('gives the outcomes that the rules give, read without state', () => {
    const seen = new Set<string>()
    const property = fc.property(logs, (acts) => {
      const { outcomes } = play(acts)
      for (const outcome of outcomes) seen.add(outcome)
      const short = acts.slice(0, 9)
      expect(outcomes.slice(0, 9)).toEqual(short.map((_, index) => judge(short, index)))
    })
    fc.assert(property, { numRuns: 400, seed: 1 })
    const all = ['open', 'void', 'repeated', 'established', 'unknown_offer', 'own_offer', 'void_offer']
    expect([...seen].toSorted()).toEqual([...all, 'late', 'not_first'].toSorted())
  })

  test('holds at most one open offer, and decides each exchange once', () => {
    fc.assert(
      fc.property(logs, (acts) => {
        let before = empty
        for (const one of acts) {
          const { state } = act(before, one)
          const open = state.exchanges.filter(
            (offer) => offer.state === 'open' && state.acceptedAt - offer.offeredAt < 60_000,
          )
          expect(open.length).toBeLessThan(2)
          expect(openOffer(state, 0)).toBe(open[0] ?? null)
          for (const [index, decided] of before.exchanges.entries())
            if (decided.state !== 'open') expect(state.exchanges[index]).toBe(decided)
          before = state
        }
      }),
    )
  })

  test('reads alike in one go and in parts', () => {
    fc.assert(
      fc.property(logs, fc.nat({ max: 25 }), (acts, cut) => {
        let state = structuredClone(play(acts.slice(0, cut)).state)
        for (const one of acts.slice(cut)) state = act(state, one).state
        expect(state).toEqual(play(acts).state)
      }),
    )
  })
})
