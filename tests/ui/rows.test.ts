import { describe, expect, test } from 'vitest'
import type { TimelineItem } from '../../pwa/client/contract/conversation.ts'
import { findFirstUnread, toRows } from '../../pwa/ui/timeline/rows.ts'

const MINUTE_MS = 60_000
const NOON = new Date(2026, 2, 12, 12).getTime()

function message(id: string, isMine: boolean, minutes: number): TimelineItem {
  return {
    kind: 'message',
    id,
    isMine,
    text: id,
    at: NOON + minutes * MINUTE_MS,
    state: isMine ? 'sent' : null,
    isKeyGone: false,
    isFromElsewhere: false,
    isShared: false,
  }
}

const notice = (id: string, minutes: number): TimelineItem => ({
  kind: 'notice',
  id,
  notice: 'keys-changed',
  at: NOON + minutes * MINUTE_MS,
  isMine: true,
})

const unreadable = (id: string, isMine: boolean, minutes: number, reason = 'mac'): TimelineItem => ({
  kind: 'unreadable',
  id,
  isMine,
  reason,
  at: NOON + minutes * MINUTE_MS,
})

/** Rows as one line: `[Today] (a b) c *n`: day lines in square brackets, groups in round ones, notices with a star. */
function draw(items: readonly TimelineItem[], firstUnreadId: string | null = null, hasOlder = false): string {
  return toRows(items, { now: NOON, firstUnreadId, hasOlder })
    .map((row) => {
      if (row.kind === 'day') return `[${row.label}]`
      if (row.kind === 'unread') return '[New]'
      if (row.kind === 'closed') return '[Closed]'
      if (row.kind === 'notice') return `*${row.id}`
      return `${row.startsGroup ? '(' : ''}${row.id}${row.endsGroup ? ')' : ''}`
    })
    .join(' ')
}

describe('toRows', () => {
  test('of nothing is nothing', () => {
    expect(draw([])).toBe('')
  })

  test('begins with a day line and puts one before each new day', () => {
    const day = 24 * 60
    expect(draw([message('a', true, -day), message('b', true, -day + 1), message('c', true, 0)])).toBe(
      '[Yesterday] (a b) [Today] (c)',
    )
  })

  test('groups what one writer sends', () => {
    expect(
      draw([message('a', true, 0), message('b', true, 1), message('c', true, 2), message('d', false, 2)]),
    ).toBe('[Today] (a b c) (d)')
  })

  test('groups across five minutes and not beyond', () => {
    expect(draw([message('a', true, 0), message('b', true, 5), message('c', true, 10.1)])).toBe(
      '[Today] (a b) (c)',
    )
  })

  test('parts a group at a notice', () => {
    expect(draw([message('a', true, 0), notice('n', 0), message('b', true, 0)])).toBe('[Today] (a) *n (b)')
  })

  test('parts a group at midnight', () => {
    const toMidnight = 12 * 60
    expect(draw([message('a', true, toMidnight - 1), message('b', true, toMidnight)])).toMatch(
      /\(a\) \[.+\] \(b\)$/,
    )
  })

  test('lets an unreadable message stand in its group', () => {
    expect(draw([message('a', false, 0), unreadable('u', false, 1), message('b', false, 2)])).toBe(
      '[Today] (a u b)',
    )
  })

  test('gives every row an id of its own', () => {
    const items = [message('a', true, 0), notice('n', 1), message('b', false, 2)]
    const ids = toRows(items, { now: NOON, firstUnreadId: 'b', hasOlder: false }).map((row) => row.id)
    expect(new Set(ids).size).toBe(5)
  })

  test('says where new messages begin, below a new day', () => {
    expect(draw([message('a', false, -24 * 60), message('b', false, 0), message('c', false, 1)], 'b')).toBe(
      '[Yesterday] (a) [Today] [New] (b c)',
    )
  })

  test('says once where the part begins whose keys are gone', () => {
    const closed = (id: string, minutes: number) => unreadable(id, false, minutes, 'no_keys')
    expect(draw([message('a', true, 0), closed('b', 1), closed('c', 2), message('d', false, 3)])).toBe(
      '[Today] (a) [Closed] (b c d)',
    )
    expect(draw([message('a', true, 0), unreadable('b', false, 1)])).toBe('[Today] (a) (b)')
  })

  test('waits for what is older before it says where that part begins', () => {
    const closed = [unreadable('b', true, 1, 'other_browser'), unreadable('c', false, 20, 'no_exchange')]
    expect(draw(closed, null, true)).toBe('[Today] (b) (c)')
    expect(draw(closed)).toBe('[Today] [Closed] (b) (c)')
  })
})

describe('findFirstUnread', () => {
  const items = [message('a', false, 0), message('b', true, 1), unreadable('c', false, 2), notice('n', 3)]

  test.each([
    ['nothing when nothing is unread', 0, null],
    ['the newest of the contact', 1, 'c'],
    ['over own messages', 2, 'a'],
    ['nothing when the first one is not loaded', 3, null],
  ])('gives %s', (_case, count, id) => {
    expect(findFirstUnread(items, count)).toBe(id)
  })

  test('gives nothing once the reader has answered', () => {
    expect(findFirstUnread([...items, message('d', true, 4)], 1)).toBe(null)
  })
})
