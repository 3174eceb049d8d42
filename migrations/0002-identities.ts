import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Every identity key an account has published, the newest with the highest number. Rows are only added. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'identities', ({ bytes, number }, table) => {
    number('account').notNullable().references('id').inTable('accounts')
    number('number').notNullable()
    bytes('public_key', 97).notNullable()
    number('published_at').notNullable()
    table.primary(['account', 'number'])
  })
}
