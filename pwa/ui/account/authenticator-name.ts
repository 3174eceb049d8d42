/** What a person calls an authenticator app, a passkey or a security key. The server checks it again. */
import { is } from 'valibot'
import { AUTHENTICATOR_NAME_MOST, authenticatorName } from '../../../server/wire/primitives.ts'

export const NAME_FAULT = `Type a name of at most ${AUTHENTICATOR_NAME_MOST} characters, so that you know it again.`

/** Without spaces at its ends; null if it cannot be a name. */
export function parseAuthenticatorName(typed: string): string | null {
  const name = typed.trim()
  return is(authenticatorName, name) ? name : null
}
