/** Passkeys and security keys as the real browser has them. */
import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { WEBAUTHN_ALGORITHMS } from '../../server/wire/webauthn.ts'
import type { KeyAsker } from '../client/ask-for-factor.ts'
import { ClientError, type ClientErrorCode } from '../client/contract/client-error.ts'

/** As long as the server waits, less the time that the answer may need. */
const ANSWER_WITHIN_MS = 4 * 60_000

const ERROR_CODES: Readonly<Record<string, ClientErrorCode>> = {
  NotAllowedError: 'key_declined',
  AbortError: 'key_declined',
  InvalidStateError: 'key_known',
  SecurityError: 'key_unsupported',
  NotSupportedError: 'key_unsupported',
}

export function createKeyAsker(nowMs: () => number): KeyAsker {
  /** Browsers give one error for "no" and for "too late", so that pages learn nothing: the time tells. */
  async function ask<T>(work: () => Promise<T>): Promise<T> {
    if (!browserSupportsWebAuthn()) throw new ClientError('key_unsupported')
    const startedAt = nowMs()
    try {
      return await work()
    } catch (error) {
      const code = ERROR_CODES[error instanceof Error ? error.name : ''] ?? 'key_failed'
      const isLate = code === 'key_declined' && nowMs() - startedAt >= ANSWER_WITHIN_MS
      throw new ClientError(isLate ? 'key_timed_out' : code, null, { cause: error })
    }
  }

  return {
    create: ({ challenge, site, owner, username, known }) =>
      ask(async () => {
        const { id, response } = await startRegistration({
          optionsJSON: {
            rp: { id: site, name: 'Letterlock' },
            user: { id: owner, name: username, displayName: username },
            challenge,
            pubKeyCredParams: WEBAUTHN_ALGORITHMS.map((alg) => ({ alg, type: 'public-key' })),
            excludeCredentials: describeKeys(known),
            // One factor beside the password: neither a PIN nor a place in the key's memory is needed.
            authenticatorSelection: { residentKey: 'discouraged', userVerification: 'discouraged' },
            attestation: 'none',
            timeout: ANSWER_WITHIN_MS,
          },
        })
        return {
          credential: id,
          clientData: response.clientDataJSON,
          attestation: response.attestationObject,
        }
      }),
    prove: ({ challenge, site, known }) =>
      ask(async () => {
        const { id, response } = await startAuthentication({
          optionsJSON: {
            rpId: site,
            challenge,
            allowCredentials: describeKeys(known),
            userVerification: 'discouraged',
            timeout: ANSWER_WITHIN_MS,
          },
        })
        return {
          credential: id,
          clientData: response.clientDataJSON,
          authenticatorData: response.authenticatorData,
          signature: response.signature,
        }
      }),
  }
}

const describeKeys = (known: readonly string[]) => known.map((id) => ({ id, type: 'public-key' as const }))
