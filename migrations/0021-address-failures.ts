import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Failed attempts from a network address on a name, both as keyed hashes; a row counts for an hour. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'address_failures', ({ bytes, number }, table) => {
    bytes('address_key', 32).notNullable()
    bytes('name_key', 32).notNullable()
    number('failures').notNullable()
    number('counted_since').notNullable()
    table.primary(['address_key', 'name_key'])
    table.index(['counted_since'])
  })
}
