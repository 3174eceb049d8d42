import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeKeyBackup } from '../../server/commands/store-key-backup.ts'
import type { Database } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import { insertPendingAccount } from '../../server/stores/accounts.ts'
import { findKeyBackup, removeKeyBackup } from '../../server/stores/key-backups.ts'
import { KEY_BACKUP_MOST_BYTES } from '../../server/wire/key-backup.ts'
import { type OpenDatabase, openers } from './databases.ts'

describe.each(Object.entries(openers))('key backups on %s', (_engine, open) => {
  let opened: OpenDatabase | undefined
  let db: Database
  let account: number
  const clock = () => 1_790_000_000_000

  beforeAll(async () => {
    opened = await open()
    db = opened.db
    account = randomId(randomBytes)
    await insertPendingAccount(db, account, 1)
  })
  afterAll(() => opened?.remove())

  const store = (text: string, replaces: number | null) =>
    storeKeyBackup({ db, clock }, { account, text, replaces })

  test('are kept whole, up to the largest', async () => {
    const text = 'x'.repeat(KEY_BACKUP_MOST_BYTES)
    const savedAt = await store(text, null)
    expect(await findKeyBackup(db, account)).toEqual({ text, savedAt })
    await removeKeyBackup(db, account)
    expect(await findKeyBackup(db, account)).toBeNull()
  })

  test('of many stored at once in the place of the same one, one is kept', async () => {
    const before = await store('before', null)
    const stores = Array.from({ length: 8 }, (_, index) => store(`after ${index}`, before))
    const settled = await Promise.allSettled(stores)
    const kept = settled.flatMap((one, index) => (one.status === 'fulfilled' ? [index] : []))
    expect(kept).toHaveLength(1)
    expect(await findKeyBackup(db, account)).toEqual({ text: `after ${kept[0]}`, savedAt: before + 1 })
  })
})
