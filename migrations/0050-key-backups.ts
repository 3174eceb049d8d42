import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Key backups: opaque texts, one for each account at most. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'key_backups', ({ ascii, number }) => {
    number('account').notNullable().primary().references('id').inTable('accounts')
    ascii('text', 4 * 1024 * 1024).notNullable()
    number('saved_at').notNullable()
  })
}
