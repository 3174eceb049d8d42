/** All mutants, in the groups that `npm run mutants -- --group` names. */
import { custodyMutants } from './custody-mutants.ts'
import type { Mutant } from './mutant.ts'
import { orderMutants } from './order-mutants.ts'
import { protocolMutants } from './protocol-mutants.ts'
import { serverMutants } from './server-mutants.ts'
import { pieceMutants, sharingMutants } from './sharing-mutants.ts'
import { syncMutants } from './sync-mutants.ts'

export const MUTANTS: Readonly<Record<string, readonly Mutant[]>> = {
  protocol: [...protocolMutants, ...orderMutants, ...pieceMutants],
  client: [...custodyMutants, ...syncMutants, ...sharingMutants],
  server: serverMutants,
}
