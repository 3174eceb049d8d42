import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** How often something was done since a time; the key is a MAC that says what, and by whom. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'rate_counts', ({ bytes, number }, table) => {
    bytes('rate_key', 32).notNullable().primary()
    number('done').notNullable()
    number('counted_since').notNullable()
    table.index(['counted_since'])
  })
}
