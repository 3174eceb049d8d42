import type { Knex } from 'knex'
import { addColumns } from './columns.ts'

/** What the person calls an authenticator app, of which an account may have several. Null for the one of the enrolment. */
export async function up(knex: Knex): Promise<void> {
  await addColumns(knex, 'totp_authenticators', ({ text }) => ({
    name: () => text('name', 40).nullable(),
  }))
}
