import { describe, expect, test } from 'vitest'
import { emptyLog, type ExchangeRecord, type LogState } from '../../pwa/protocol/log-state.ts'
import { movedAwayAt } from '../../pwa/protocol/moved.ts'
import { makeTools } from './two-parties.ts'

const A = 7
const B = 12
const empty = await emptyLog(makeTools(), A, B)

interface Begun {
  readonly by: number
  readonly identity: string
  readonly answeredBy?: string
  readonly isOneWay?: boolean
  /** Of the other side's prekey. */
  readonly to?: string
}

/** Exchanges that begin at every second place of the log and are answered at the next one. */
function logOf(...begun: readonly Begun[]): LogState {
  const exchanges = begun.map(
    ({ by, identity, answeredBy, isOneWay = false, to = '' }, index): ExchangeRecord => {
      const seq = 2 * index + 1
      const answer = {
        seq: seq + 1,
        id: '',
        acceptedAt: 0,
        identity: answeredBy ?? '',
        key: '',
        salt: '',
        confirm: '',
      }
      return {
        exchange: String(index),
        initiator: by,
        offerSeq: seq,
        offerId: '',
        offeredAt: 0,
        identity,
        key: '',
        state: isOneWay ? 'one-way' : answeredBy === undefined ? 'open' : 'established',
        answer: answeredBy === undefined ? null : answer,
        prekey: isOneWay ? { to, id: '', salt: '', confirm: '' } : null,
      }
    },
  )
  return { ...empty, exchanges }
}

const inFirst = (...begun: readonly Begun[]) =>
  movedAwayAt(logOf(...begun), { account: A, identity: 'first' })
const MET = { by: A, identity: 'first', answeredBy: 'of b' }

describe('movedAwayAt', () => {
  test('is null while no other browser has shown itself', () => {
    expect(inFirst()).toBeNull()
    expect(inFirst(MET)).toBeNull()
    expect(inFirst(MET, { by: B, identity: 'of b', answeredBy: 'first' })).toBeNull()
  })

  test.each([
    ['an offer', { by: A, identity: 'second' }, 3],
    ['an answer', { by: B, identity: 'of b', answeredBy: 'second' }, 4],
    ['a prekey envelope', { by: A, identity: 'second', isOneWay: true }, 3],
  ] as const)('tells where another browser showed itself by %s', (_, begun, seq) => {
    expect(inFirst(MET, begun)).toBe(seq)
  })

  test('tells the last such place', () => {
    expect(inFirst(MET, { by: A, identity: 'second' }, { by: A, identity: 'third' })).toBe(5)
  })

  test('is null once this browser has shown itself again', () => {
    expect(inFirst(MET, { by: A, identity: 'second' }, MET)).toBeNull()
  })

  test('is null in a browser that is new to the conversation: it takes it over', () => {
    const log = logOf(MET)
    expect(movedAwayAt(log, { account: A, identity: 'second' })).toBeNull()
  })

  test('is null for what the other side did, also with another identity or for a prekey of another browser', () => {
    expect(inFirst(MET, { by: B, identity: 'of b elsewhere' })).toBeNull()
    expect(inFirst(MET, { by: B, identity: 'of b', isOneWay: true, to: 'second' })).toBeNull()
  })
})
