import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** The codes of a list, used in the order of their numbers. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'recovery_codes', ({ bytes, number }, table) => {
    number('list').notNullable().references('id').inTable('recovery_lists')
    number('number').notNullable()
    number('pepper_id').notNullable()
    bytes('salt', 16).notNullable()
    bytes('tag', 48).notNullable()
    number('used_at').nullable()
    table.primary(['list', 'number'])
  })
}
