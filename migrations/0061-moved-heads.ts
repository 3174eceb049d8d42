import type { Knex } from 'knex'
import { addIndex } from './columns.ts'

/** So that a server finds the logs that have grown of late, whoever let them grow. */
export async function up(knex: Knex): Promise<void> {
  await addIndex(knex, 'conversations', 'last_accepted_at')
}
