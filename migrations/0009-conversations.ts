import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Two accounts and the state of their log; the row is the lock under which positions are given out. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'conversations', ({ number }, table) => {
    number('id').notNullable().primary()
    number('lower').notNullable().references('id').inTable('accounts')
    number('higher').notNullable().references('id').inTable('accounts')
    number('head').notNullable()
    number('last_accepted_at').notNullable()
    table.unique(['lower', 'higher'])
    table.index(['higher'])
  })
}
