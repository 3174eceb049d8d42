import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/** Challenges that no passkey or security key has answered yet: one for each session or pre-session at most. */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'webauthn_challenges', ({ ascii, bytes, number }, table) => {
    bytes('session', 32).notNullable().primary()
    ascii('purpose', 8).notNullable()
    bytes('challenge', 32).notNullable()
    number('begun_at').notNullable()
    table.index(['begun_at'])
  })
}
