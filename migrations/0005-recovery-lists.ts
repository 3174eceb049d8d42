import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** A list of recovery codes; a new one revokes the list before it. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'recovery_lists', ({ number }, table) => {
    number('id').notNullable().primary()
    number('account').notNullable().references('id').inTable('accounts')
    number('bound_at').notNullable()
    number('revoked_at').nullable()
    table.index(['account'])
  })
}
