import { describe, expect, test } from 'vitest'
import { mayReportLost, noteLost } from '../../pwa/protocol/lost.ts'
import { emptyLog, type ExchangeRecord, type LogState } from '../../pwa/protocol/log-state.ts'
import { makeTools } from './two-parties.ts'

const A = 7
const B = 12
const empty = await emptyLog(makeTools(), A, B)

/** An exchange that A began and B answered, or that used a prekey of B. */
function record(exchange: string, seq: number, { b, isOneWay = false }: { b: string; isOneWay?: boolean }) {
  const answered = { seq, id: 'id', acceptedAt: 0, identity: b, key: '', salt: '', confirm: '' }
  const made: ExchangeRecord = {
    exchange,
    initiator: A,
    offerSeq: isOneWay ? seq : seq - 1,
    offerId: 'id',
    offeredAt: 0,
    identity: 'of a',
    key: '',
    state: isOneWay ? 'one-way' : 'established',
    answer: isOneWay ? null : answered,
    prekey: isOneWay ? { to: b, id: '', salt: '', confirm: '' } : null,
  }
  return made
}

const state: LogState = {
  ...empty,
  seq: 20,
  lastLogSeq: { [A]: 0, [B]: 9 },
  exchanges: [
    record('first', 2, { b: 'old' }),
    record('second', 4, { b: 'new' }),
    record('third', 6, { b: 'other' }),
    record('fourth', 7, { b: 'new', isOneWay: true }),
  ],
}

describe('mayReportLost', () => {
  test.each([
    ['first', 'new', true],
    ['second', 'new', true],
    ['third', 'new', false],
    ['fourth', 'new', true],
    ['third', 'other', true],
    ['first', 'old', true],
    ['second', 'old', false],
    ['first', 'unseen', false],
    ['unknown', 'new', false],
  ])('of %s by the browser with the identity "%s" is %s', (exchange, identity, isAllowed) => {
    expect(mayReportLost(state, { by: B, identity, exchange })).toBe(isAllowed)
  })

  test('never takes an offer that was not answered', () => {
    const [first] = state.exchanges
    const open = { ...state, exchanges: first ? [{ ...first, state: 'open' as const, answer: null }] : [] }
    expect(mayReportLost(open, { by: A, identity: 'of a', exchange: 'first' })).toBe(false)
  })
})

describe('noteLost', () => {
  const report = (exchanges: string[], before = state) =>
    noteLost(before, { by: B, under: 'second', exchanges })

  test('keeps what had been confirmed before the report', () => {
    expect(report(['first']).lost).toEqual([{ by: B, identity: 'new', exchange: 'first', confirmedSeq: 9 }])
  })

  test('keeps each exchange once for an identity, with what the first report confirmed', () => {
    const later = report(['first', 'second', 'second'], {
      ...report(['first']),
      lastLogSeq: { [A]: 0, [B]: 15 },
    })
    expect(later.lost.map(({ exchange, confirmedSeq }) => [exchange, confirmedSeq])).toEqual([
      ['first', 9],
      ['second', 15],
    ])
  })

  test('leaves out what its writer may not report', () => {
    expect(report(['third', 'unknown']).lost).toEqual([])
  })

  test('changes nothing under an exchange that is not', () => {
    expect(noteLost(state, { by: B, under: 'unknown', exchanges: ['first'] })).toEqual(state)
  })
})
