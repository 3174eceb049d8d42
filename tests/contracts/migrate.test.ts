import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, isDuplicate, openMysql } from '../../server/database.ts'
import { migrate } from '../../server/migrate.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

for (const engine of ['mariadb', 'mysql'] as const)
  describe(`migrate on ${engine}`, () => {
    let place: TestDatabase
    let url: string
    let db: Database
    beforeAll(async () => {
      place = await createDatabase(engine)
      url = place.databaseUrl ?? ''
      db = openMysql(url)
    })
    afterAll(async () => {
      await db.destroy()
      await place.remove()
    })

    /** The schema as after a start that was killed in its first step: the table is there, its unique name is not yet. */
    const cutOff = async () => {
      await db.raw('set foreign_key_checks = 0')
      for (const { name } of await listTables())
        if (!name.startsWith('knex_')) await db.raw('drop table ??', [name])
      await db('knex_migrations').delete()
      await db('knex_migrations_lock').update({ is_locked: 1 })
      await db.raw('create table accounts (id bigint primary key, username varchar(32), created_at bigint)')
    }
    const listTables = () =>
      db('information_schema.tables')
        .where({ table_schema: db.raw('database()') })
        .select<{ name: string }[]>({ name: 'table_name' })
    const insertTwice = async () => {
      for (const id of [1, 2]) await db('accounts').insert({ id, username: 'alice', created_at: 1 })
    }

    test('lets servers that start at the same moment wait for each other', async () => {
      const servers = Array.from({ length: 4 }, () => openMysql(url))
      try {
        await Promise.all(servers.map(migrate))
      } finally {
        await Promise.all(servers.map((server) => server.destroy()))
      }
      const done = await db('knex_migrations').pluck<string[]>('name')
      expect(new Set(done).size).toBe(done.length)
    })

    test('goes on where a start was killed, with every index', async () => {
      await cutOff()
      await migrate(db)
      await expect(insertTwice()).rejects.toSatisfy(isDuplicate)
    })

    test('removes no rows: a table that has some is named, and nothing is done', async () => {
      await cutOff()
      await db('accounts').insert({ id: 7, created_at: 1 })
      await expect(migrate(db)).rejects.toThrow('The table accounts holds rows')
      expect(await db('accounts').pluck('id')).toEqual([7])
    })
  })
