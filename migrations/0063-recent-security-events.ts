import type { Knex } from 'knex'
import { addIndex } from './columns.ts'

/** So that a server finds the accounts that something was done to of late, whoever did it. */
export async function up(knex: Knex): Promise<void> {
  await addIndex(knex, 'security_events', 'at')
}
