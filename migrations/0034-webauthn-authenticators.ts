import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/**
 * Passkeys and security keys. `tag` is a MAC over owner, credential id and public key; the two marks of a backup are 0 or 1.
 * A revoked row stays as a record.
 */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'webauthn_authenticators', ({ bytes, bytesUpTo, number, text }, table) => {
    number('id').notNullable().primary()
    number('account').notNullable().references('id').inTable('accounts')
    text('name', 40).notNullable()
    bytesUpTo('credential_id', 1023).notNullable().unique()
    bytesUpTo('public_key', 2048).notNullable()
    number('pepper_id').notNullable()
    bytes('tag', 48).notNullable()
    number('counter').notNullable()
    number('is_backup_eligible').notNullable()
    number('is_backed_up').notNullable()
    bytes('aaguid', 16).notNullable()
    number('bound_at').notNullable()
    number('last_used_at').nullable()
    number('revoked_at').nullable()
    table.index(['account'])
  })
}
