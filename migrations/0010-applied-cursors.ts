import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** How far each account's browser has applied the log of a conversation. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'applied_cursors', ({ number }, table) => {
    number('conversation').notNullable().references('id').inTable('conversations')
    number('account').notNullable()
    number('seq').notNullable()
    table.primary(['conversation', 'account'])
  })
}
