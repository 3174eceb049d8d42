import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/**
 * Failed attempts since the last full success, for each name that was tried and each budget. `name_key` is a keyed hash, so
 * that names nobody has are counted alike and are not written down.
 */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'throttles', ({ ascii, bytes, number }, table) => {
    bytes('name_key', 32).notNullable()
    ascii('budget', 16).notNullable()
    number('failures').notNullable()
    number('wrong_passwords').notNullable()
    number('wrong_codes').notNullable()
    number('wait_until').nullable()
    table.primary(['name_key', 'budget'])
  })
}
