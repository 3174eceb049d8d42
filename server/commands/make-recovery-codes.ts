import { makeRecoveryCodes, storeRecoveryCodes } from '../accounts/recovery-codes.ts'
import type { Deps } from '../deps.ts'
import { randomId } from '../random-id.ts'
import { insertRecoveryList, revokeRecoveryLists } from '../stores/authenticators.ts'
import { type Asker, type ChangeDeps, changeFactors } from './change-factors.ts'

/** A new list in the place of the one before. Returns its ten codes, the only time they are seen. */
export async function makeNewRecoveryCodes(
  deps: ChangeDeps & Pick<Deps, 'secrets'>,
  asker: Asker,
): Promise<string[]> {
  const { secrets, randomBytes } = deps
  const { account } = asker
  const codes = makeRecoveryCodes(randomBytes)
  const stored = storeRecoveryCodes({ account, codes }, { pepper: secrets.lookupPepper, randomBytes })
  await changeFactors(deps, asker, {
    kind: 'recovery-codes-made',
    change: async (trx, now) => {
      await revokeRecoveryLists(trx, account, now)
      await insertRecoveryList(trx, { list: randomId(randomBytes), account, codes: stored, now })
    },
  })
  return codes
}
