import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Which account has a live stream at which server process; a process that is not seen for a while counts for nothing. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'server_processes', ({ number }) => {
    number('id').notNullable().primary()
    number('seen_at').notNullable()
  })
  await createTable(knex, 'presences', ({ number }, table) => {
    number('account').notNullable()
    number('server').notNullable()
    table.primary(['account', 'server'])
    table.index(['server'])
  })
}
