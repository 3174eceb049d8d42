/** The safety number: what two people compare, to know that nobody stands between their identity keys. */
import { concat, u64, utf8 } from './bytes.ts'
import type { PublicKey } from './primitives.ts'
import type { ProtocolTools } from './tools.ts'

const ITERATIONS = 5_200
const GROUPS = 6
const GROUP_BYTES = 5
const GROUP_DIGITS = 5

/** An account by the identity key of its browser. */
export interface IdentifiedAccount {
  /** Account id. */
  readonly account: number
  readonly identity: PublicKey
}

/** The 60 digits of two accounts: the lower account's 30, then the higher one's. The same from either side. */
export async function safetyNumber(
  { primitives }: ProtocolTools,
  one: IdentifiedAccount,
  other: IdentifiedAccount,
): Promise<string> {
  const [lower, higher] = one.account < other.account ? [one, other] : [other, one]
  return (await fingerprint(primitives, lower)) + (await fingerprint(primitives, higher))
}

/** 30 digits for one account. The many rounds make a key that is made to fit some of them expensive. */
async function fingerprint(
  primitives: ProtocolTools['primitives'],
  { account, identity }: IdentifiedAccount,
): Promise<string> {
  let hash = await primitives.sha512(concat(utf8('letterlock/safety/v1'), u64(account), identity))
  for (let round = 0; round < ITERATIONS; round += 1) hash = await primitives.sha512(concat(hash, identity))
  return Array.from({ length: GROUPS }, (_, group) => digitsAt(hash, group * GROUP_BYTES)).join('')
}

/** Five bytes, big-endian, as five decimal digits. */
function digitsAt(hash: Uint8Array, offset: number): string {
  const bytes = hash.subarray(offset, offset + GROUP_BYTES)
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  return String(number % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0')
}
