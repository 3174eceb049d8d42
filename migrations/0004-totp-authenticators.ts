import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Secrets for one-time codes, encrypted, with the last time step that was accepted. A revoked row stays as a record. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'totp_authenticators', ({ bytes, bytesUpTo, number }, table) => {
    number('id').notNullable().primary()
    number('account').notNullable().references('id').inTable('accounts')
    number('key_id').notNullable()
    bytes('nonce', 12).notNullable()
    bytesUpTo('ciphertext', 128).notNullable()
    number('last_step').nullable()
    number('bound_at').notNullable()
    number('revoked_at').nullable()
    table.index(['account'])
  })
}
