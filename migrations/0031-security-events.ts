import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** What was done to an account's means of signing in, from where. `session` is null where none was begun. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'security_events', ({ ascii, number }, table) => {
    number('id').notNullable().primary()
    number('account').notNullable().references('id').inTable('accounts')
    number('at').notNullable()
    ascii('kind', 40).notNullable()
    number('session').nullable()
    ascii('address', 45).notNullable()
    ascii('user_agent', 256).notNullable()
    table.index(['account', 'at'])
  })
}
