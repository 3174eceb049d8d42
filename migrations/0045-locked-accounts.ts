import type { Knex } from 'knex'
import { addColumns } from './columns.ts'

/** Since when the operator keeps an account from being signed in to; null for all others. */
export async function up(knex: Knex): Promise<void> {
  await addColumns(knex, 'accounts', ({ number }) => ({
    locked_at: () => number('locked_at').nullable(),
  }))
}
