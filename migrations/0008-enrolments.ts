import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Enrolments under way, each bound to a pre-session. `confirmed_at`: one code was proved and the recovery codes given. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'enrolments', ({ ascii, bytes, number }, table) => {
    bytes('session', 32).notNullable().primary()
    number('account').notNullable().references('id').inTable('accounts')
    ascii('username', 32).notNullable()
    number('begun_at').notNullable()
    number('confirmed_at').nullable()
    table.index(['begun_at'])
  })
}
