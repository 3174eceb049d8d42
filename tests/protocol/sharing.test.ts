import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Piece } from '../../pwa/protocol/content.ts'
import { judgePiece, type KnownEntry } from '../../pwa/protocol/sharing.ts'
import { ENTRY_ID } from './two-parties.ts'

const ALICE = 7
const BOB = 12
const ASKED = { from: 3, to: 9 }
const unopened: KnownEntry = { seq: 4, sender: ALICE, isUnopened: true, text: null }
const read: KnownEntry = { ...unopened, isUnopened: false, text: 'hello' }
/** A refresh, a replay, something forged: the log itself says so. */
const decided: KnownEntry = { ...unopened, isUnopened: false }
const piece = (changes: Partial<Piece> = {}): Piece => ({
  id: ENTRY_ID,
  seq: 4,
  by: ALICE,
  body: 'hello',
  ...changes,
})

describe('judgePiece', () => {
  test.each([
    ['an entry without keys', {}, unopened, 'placed'],
    ['an entry without keys that was no message', { body: null }, unopened, 'note'],
    ['a message that was read here', {}, read, 'known'],
    ['a message that was read otherwise here', { body: 'goodbye' }, read, 'other_text'],
    ['a message that was read here and is said to be none', { body: null }, read, 'other_text'],
    ['an entry that is no message', {}, decided, 'no_message'],
    ['an entry that is no message and said to be none', { body: null }, decided, 'known'],
    ['an entry that this log does not have', {}, null, 'unknown_entry'],
    ['an entry that stands elsewhere', { seq: 5 }, unopened, 'wrong_seq'],
    ['an entry of the other side', { by: BOB }, unopened, 'wrong_author'],
    ['an entry before those asked for', { seq: 2 }, { ...unopened, seq: 2 }, 'not_asked'],
    ['an entry after those asked for', { seq: 10 }, { ...unopened, seq: 10 }, 'not_asked'],
    ['the first entry asked for', { seq: 3 }, { ...unopened, seq: 3 }, 'placed'],
    ['the last entry asked for', { seq: 9 }, { ...unopened, seq: 9 }, 'placed'],
  ])('of %s', (_what, changes, known, verdict) => {
    expect(judgePiece(piece(changes), ASKED, known)).toBe(verdict)
  })

  test('takes a text only for an entry without keys, at the place and of the author that the log shows', () => {
    const seq = fc.constantFrom(2, 3, 9, 10)
    const account = fc.constantFrom(ALICE, BOB)
    // Half of them null: otherwise hardly any piece is placed.
    const body = fc.option(fc.constantFrom('hello', 'goodbye'), { freq: 1 })
    const anyPiece = fc.record({ id: fc.constant(ENTRY_ID), seq, by: account, body })
    const anyKnown = fc.option(fc.record({ seq, sender: account, isUnopened: fc.boolean(), text: body }))
    let placed = 0
    fc.assert(
      fc.property(anyPiece, anyKnown, (one, known) => {
        const verdict = judgePiece(one, ASKED, known)
        if (verdict !== 'placed' && verdict !== 'note') return
        placed += 1
        expect(known).toEqual({ seq: one.seq, sender: one.by, isUnopened: true, text: null })
        expect(one.seq).toBeGreaterThanOrEqual(ASKED.from)
        expect(one.seq).toBeLessThanOrEqual(ASKED.to)
        expect(verdict === 'note').toBe(one.body === null)
      }),
      { numRuns: 5_000 },
    )
    expect(placed).toBeGreaterThan(10)
  })
})
