import type { Knex } from 'knex'

/** When somebody else was found to know the password: until it is changed, it lets its account do nothing else. */
export async function up(knex: Knex): Promise<void> {
  if (await knex.schema.hasColumn('accounts', 'password_compromised_at')) return
  await knex.schema.alterTable('accounts', (table) => {
    table.bigInteger('password_compromised_at').nullable()
  })
}
