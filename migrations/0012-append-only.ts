import type { Knex } from 'knex'
import { isMysql } from './columns.ts'

/**
 * Entries are never changed nor removed, whoever asks. REPLACE is caught by the DELETE trigger (in SQLite because
 * recursive_triggers is on); TRUNCATE passes by triggers, so the run-time role does not have the right to it.
 */
export async function up(knex: Knex): Promise<void> {
  for (const event of ['update', 'delete']) {
    const name = `entries_no_${event}`
    await knex.raw(
      isMysql(knex)
        ? `create trigger if not exists ${name} before ${event} on entries for each row ` +
            `signal sqlstate '45000' set message_text = 'entries are append-only'`
        : `create trigger if not exists ${name} before ${event} on entries ` +
            `begin select raise(abort, 'entries are append-only'); end`,
    )
  }
}
