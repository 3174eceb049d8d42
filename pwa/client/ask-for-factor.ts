/** Turns what the person chose as second factor into what the server judges: a key is asked for by the browser. */
import type { SecondFactor } from '../../server/wire/account.ts'
import type {
  NewWebauthnKey,
  WebauthnCreation,
  WebauthnProof,
  WebauthnRequest,
} from '../../server/wire/webauthn.ts'
import type { ChosenFactor } from './contract/account-security.ts'

/**
 * The browser's own windows for passkeys and security keys, which need a gesture of the person. Both throw ClientError:
 * key_declined, key_timed_out, key_unsupported, key_known, key_failed.
 */
export interface KeyAsker {
  create(creation: WebauthnCreation): Promise<NewWebauthnKey>
  prove(request: WebauthnRequest): Promise<WebauthnProof>
}

/** `begin` fetches the challenge, and is called for a key only. */
export async function askForFactor(
  chosen: ChosenFactor,
  keys: KeyAsker,
  begin: () => Promise<WebauthnRequest>,
): Promise<SecondFactor> {
  if (chosen.type !== 'webauthn') return chosen
  return { type: 'webauthn', value: await keys.prove(await begin()) }
}
