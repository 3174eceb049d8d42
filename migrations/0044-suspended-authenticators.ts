import type { Knex } from 'knex'
import { addColumns } from './columns.ts'

/** Since when an authenticator that was reported as lost does not sign in; null while it does. It can be taken back. */
export async function up(knex: Knex): Promise<void> {
  for (const table of ['totp_authenticators', 'webauthn_authenticators'])
    await addColumns(knex, table, ({ number }) => ({
      suspended_at: () => number('suspended_at').nullable(),
    }))
}
