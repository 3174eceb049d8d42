import type { Knex } from 'knex'
import { addColumns, addIndex } from './columns.ts'

/** When a cursor was moved last; null: before this step. */
export async function up(knex: Knex): Promise<void> {
  await addColumns(knex, 'applied_cursors', ({ number }) => ({
    moved_at: () => number('moved_at').nullable(),
  }))
  await addIndex(knex, 'applied_cursors', 'moved_at')
}
