import { groupAddress } from '../accounts/address-group.ts'
import { countRate, REGISTRATION_WINDOW_MS } from '../accounts/rates.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'

/** Counts a registration that begins. Throws too_many_registrations when its network address began too many within an hour. */
export async function countRegistration(
  deps: Pick<Deps, 'db' | 'config' | 'secrets' | 'clock'>,
  address: string,
): Promise<void> {
  await inTransaction(deps.db, (trx) =>
    countRate(trx, deps, {
      what: 'registrations',
      by: groupAddress(address),
      amount: 1,
      most: deps.config.registrationsPerHour,
      windowMs: REGISTRATION_WINDOW_MS,
      refusal: 'too_many_registrations',
    }),
  )
}
