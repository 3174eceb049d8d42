import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/**
 * One-time prekeys. `drawn_at`: handed out then, to `drawn_by`; such a row stays for a while, so that its id cannot come back and
 * draws can be counted.
 */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'prekeys', ({ bytes, number }, table) => {
    number('account').notNullable().references('id').inTable('accounts')
    bytes('prekey_id', 16).notNullable()
    bytes('public_key', 97).notNullable()
    number('published_at').notNullable()
    number('drawn_at').nullable()
    number('drawn_by').nullable()
    table.primary(['account', 'prekey_id'])
    table.index(['account', 'drawn_at'])
    table.index(['drawn_by', 'drawn_at'])
  })
}
