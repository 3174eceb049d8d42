import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Browsers in which somebody has signed in completely, by the SHA-256 of their cookie's value. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'known_devices', ({ bytes, number }, table) => {
    bytes('key_hash', 32).notNullable()
    number('account').notNullable().references('id').inTable('accounts')
    number('signed_in_at').notNullable()
    table.primary(['key_hash', 'account'])
    table.index(['signed_in_at'])
  })
}
