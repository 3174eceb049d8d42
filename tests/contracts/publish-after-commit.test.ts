import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { appendEntries } from '../../server/commands/append-entries.ts'
import { openSqlite } from '../../server/database.ts'
import { createLocalBus } from '../../server/live/bus.ts'
import { migrate } from '../../server/migrate.ts'
import { activateAccount, insertPendingAccount } from '../../server/stores/accounts.ts'
import { entry, offerEnvelope } from './entries.ts'
import { makeSecrets } from './secrets.ts'

test('appendEntries tells of entries that a reader finds', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-publish-'))
  const file = path.join(folder, 'letterlock.sqlite')
  const db = openSqlite(file)
  await migrate(db)
  for (const id of [1, 2]) {
    await insertPendingAccount(db, id, 1)
    await activateAccount(db, { id, username: `user${id}`, now: 1 })
  }
  // A connection of its own, which reads at once: it sees what is committed and nothing else.
  const reader = new BetterSqlite3(file, { readonly: true })
  const heads: unknown[] = []
  const bus = createLocalBus()
  bus.subscribe(({ event }) => {
    if (event.type === 'page') heads.push(reader.prepare('select count(*) from entries').pluck().get())
  })
  const [config, secrets] = [readConfig({}), makeSecrets()]
  const deps = { db, bus, config, secrets, clock: () => 1, randomBytes }
  for (const _round of [1, 2])
    await appendEntries(deps, { sender: 1, contact: 2, entries: [entry(offerEnvelope())] })
  expect(heads).toEqual([1, 1, 2, 2])
  reader.close()
  await db.destroy()
  await rm(folder, { recursive: true })
})
