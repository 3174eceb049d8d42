import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/**
 * An account without a username is being enrolled. A username is given once and never again: `deleted_at` leaves the row
 * and its name where they are.
 */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'accounts', ({ ascii, number }, table) => {
    number('id').notNullable().primary()
    ascii('username', 32).nullable()
    number('created_at').notNullable()
    number('activated_at').nullable()
    number('deleted_at').nullable()
    table.unique(['username'])
  })
}
