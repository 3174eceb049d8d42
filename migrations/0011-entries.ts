import type { Knex } from 'knex'
import { createTable } from './columns.ts'

/**
 * The log. An entry id is one entry of a conversation for ever; an IV is used once under a key set of a sender (`key_set`
 * and `iv` are null in entries without a ciphertext).
 */
export async function up(knex: Knex): Promise<void> {
  await createTable(knex, 'entries', ({ ascii, bytes, number }, table) => {
    number('conversation').notNullable().references('id').inTable('conversations')
    number('seq').notNullable()
    bytes('entry_id', 16).notNullable()
    number('sender').notNullable()
    number('accepted_at').notNullable()
    bytes('key_set', 16).nullable()
    bytes('iv', 12).nullable()
    ascii('envelope', 96 * 1024).notNullable()
    table.primary(['conversation', 'seq'])
    table.unique(['conversation', 'entry_id'])
    table.unique(['conversation', 'sender', 'key_set', 'iv'])
  })
}
