import type { Knex } from 'knex'
import { addColumns } from './columns.ts'

/**
 * Where a session came from and what it may do. `id` names it in the account's own list; `stepped_up_at` is when both
 * factors were last proved in it; `previous_key_hash` is the value before the last renewal. Pre-sessions have none of these.
 */
export async function up(knex: Knex): Promise<void> {
  await addColumns(knex, 'sessions', ({ ascii, bytes, number }) => ({
    id: () => number('id').nullable(),
    begun_at: () => number('begun_at').nullable(),
    stepped_up_at: () => number('stepped_up_at').nullable(),
    previous_key_hash: () => bytes('previous_key_hash', 32).nullable(),
    address: () => ascii('address', 45).nullable(),
    user_agent: () => ascii('user_agent', 256).nullable(),
  }))
}
