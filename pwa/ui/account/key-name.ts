/** What a person calls a passkey or security key. The server checks it again. */
import { is } from 'valibot'
import { WEBAUTHN_NAME_MOST, webauthnName } from '../../../server/wire/webauthn.ts'

export const KEY_NAME_FAULT = `Type a name of at most ${WEBAUTHN_NAME_MOST} characters, so that you know the key again.`

/** Without spaces at its ends; null if it cannot be a name. */
export function parseKeyName(typed: string): string | null {
  const name = typed.trim()
  return is(webauthnName, name) ? name : null
}
