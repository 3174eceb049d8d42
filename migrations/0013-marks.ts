import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** The highest IV of a sender under each of its key sets; `number` counts the key sets in the order of their first use. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'marks', ({ bytes, number }, table) => {
    number('conversation').notNullable().references('id').inTable('conversations')
    number('sender').notNullable()
    number('number').notNullable()
    bytes('key_set', 16).notNullable()
    bytes('iv', 12).notNullable()
    table.primary(['conversation', 'sender', 'number'])
    table.unique(['conversation', 'sender', 'key_set'])
    table.index(['sender'])
  })
}
