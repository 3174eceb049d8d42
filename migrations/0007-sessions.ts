import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/**
 * Login sessions (`aal` 2, with an account) and pre-sessions (`aal` 0, with none). Only the SHA-256 of the cookie's value
 * is kept.
 */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'sessions', ({ bytes, number }, table) => {
    bytes('key_hash', 32).notNullable().primary()
    number('account').nullable().references('id').inTable('accounts')
    number('aal').notNullable()
    number('authenticated_at').notNullable()
    number('last_active_at').notNullable()
    number('revoked_at').nullable()
    table.index(['account'])
    table.index(['authenticated_at'])
  })
}
