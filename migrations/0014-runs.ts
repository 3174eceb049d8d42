import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** The run token each install swapped in last. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'runs', ({ bytes, number }, table) => {
    number('account').notNullable().references('id').inTable('accounts')
    bytes('install', 16).notNullable()
    bytes('token', 16).notNullable()
    number('swapped_at').notNullable()
    table.primary(['account', 'install'])
  })
}
