import { createServer } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { awaitMigrations } from '../../server/await-migrations.ts'
import { type Database, openMysql } from '../../server/database.ts'
import type { Log } from '../../server/deps.ts'
import { migrate } from '../../server/migrate.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

for (const engine of ['mariadb', 'mysql'] as const)
  describe(`awaitMigrations on ${engine}`, () => {
    let place: TestDatabase
    let url: string
    let db: Database
    let said: string[]
    const log: Log = ({ event }) => void said.push(String(event))
    beforeEach(async () => {
      place = await createDatabase(engine)
      url = place.databaseUrl ?? ''
      db = openMysql(url)
      said = []
    })
    afterEach(async () => {
      await db.destroy()
      await place.remove()
    })

    test('returns when another program has migrated, and says once that it waits', async () => {
      let isDone = false
      const waiting = awaitMigrations(db, log).then(() => (isDone = true))
      await delay(1200)
      expect(isDone).toBe(false)
      await migrate(db)
      await waiting
      expect(said).toEqual(['waiting_for_database'])
    })

    test('returns at once, and says nothing, when all is done', async () => {
      await migrate(db)
      await awaitMigrations(db, log, 0)
      expect(said).toEqual([])
    })

    test('gives up with a sentence', async () => {
      await expect(awaitMigrations(db, log, 600)).rejects.toThrow('Run server/prepare-database.ts')
    })

    test('does not wait when the database refuses the role', async () => {
      const stranger = openMysql(url.replace(/:[^:@]+@/, ':wrong@'))
      try {
        await expect(awaitMigrations(stranger, log)).rejects.toThrow('Access denied')
      } finally {
        await stranger.destroy()
      }
    })

    test('waits for a database that is not there yet', async () => {
      const nobody = createServer().listen(0, '127.0.0.1')
      await once(nobody, 'listening')
      const address = nobody.address()
      nobody.close()
      const port = typeof address === 'object' ? address?.port : 0
      const away = openMysql(`mysql://a:b@127.0.0.1:${port}/c`)
      try {
        await expect(awaitMigrations(away, log, 600)).rejects.toThrow('has not seen every migration')
        expect(said).toEqual(['waiting_for_database'])
      } finally {
        await away.destroy()
      }
    })
  })
