import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** What is kept of a password; README.md of the server says how the tag is made. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'passwords', ({ ascii, bytes, number }) => {
    number('account').notNullable().primary().references('id').inTable('accounts')
    number('pepper_id').notNullable()
    bytes('scrypt_salt', 16).notNullable()
    number('scrypt_cost').notNullable()
    number('scrypt_block_size').notNullable()
    number('scrypt_parallelization').notNullable()
    ascii('bcrypt_salt', 29).notNullable()
    bytes('tag', 48).notNullable()
    number('set_at').notNullable()
  })
}
