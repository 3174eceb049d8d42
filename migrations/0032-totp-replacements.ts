import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** A secret for one-time codes that is shown and not yet proved; it takes the place of the old one when it is. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'totp_replacements', ({ bytes, bytesUpTo, number }) => {
    number('account').notNullable().primary().references('id').inTable('accounts')
    number('authenticator').notNullable()
    number('key_id').notNullable()
    bytes('nonce', 12).notNullable()
    bytesUpTo('ciphertext', 128).notNullable()
    number('begun_at').notNullable()
  })
}
