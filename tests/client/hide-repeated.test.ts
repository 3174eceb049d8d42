import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDatabase, MessageKind, MessageRow } from '../../pwa/client/history/database.ts'
import { hideRepeated } from '../../pwa/client/history/repeated.ts'
import { freshAccountId, openDatabase } from './account-databases.ts'

const CONTACT = 7

let database: AccountDatabase

beforeEach(async () => {
  database = await openDatabase(freshAccountId())
})

afterEach(() => database.close())

function rowOf(id: string, kind: MessageKind, position: number): MessageRow {
  return { id, conversation: CONTACT, position, kind, sender: CONTACT, at: position, text: id, seal: null }
}

/** What becomes of an original and its copy, when pages with the copy are read so many times. */
async function kindsAfter(original: MessageKind, times: number): Promise<(MessageKind | undefined)[]> {
  const copy: MessageRow = { ...rowOf('copy', 'text', 2), again: 'original' }
  await database.messages.bulkPut([rowOf('original', original, 1), copy])
  for (let count = 0; count < times; count += 1) await hideRepeated(database, [copy])
  return (await database.messages.bulkGet(['original', 'copy'])).map((row) => row?.kind)
}

describe('hideRepeated', () => {
  test.each([
    ['an original that was opened', 'text', ['text', 'hidden']],
    ['the copy of one that was not', 'unreadable', ['hidden', 'text']],
  ] as const)('shows %s, however often the log is read', async (_what, original, kinds) => {
    expect(await kindsAfter(original, 1)).toEqual(kinds)
    expect(await kindsAfter(original, 3)).toEqual(kinds)
  })

  test('shows the first of two copies, as two copies of one profile send them', async () => {
    const copies = ['one', 'other'].map((id, index) => ({
      ...rowOf(id, 'text', index + 2),
      again: 'original',
    }))
    await database.messages.bulkPut([rowOf('original', 'unreadable', 1), ...copies])
    await hideRepeated(database, copies)
    await hideRepeated(database, copies)
    const rows = await database.messages.bulkGet(['original', 'one', 'other'])
    expect(rows.map((row) => row?.kind)).toEqual(['hidden', 'text', 'hidden'])
  })
})
