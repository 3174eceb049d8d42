import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Captchas that nobody has answered yet: one for each pre-session at most. `text_tag` is a MAC of the picture's text. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'captchas', ({ bytes, number }, table) => {
    bytes('session', 32).notNullable().primary()
    bytes('text_tag', 32).notNullable()
    bytes('nonce', 32).notNullable()
    number('bits').notNullable()
    number('begun_at').notNullable()
    table.index(['begun_at'])
  })
}
