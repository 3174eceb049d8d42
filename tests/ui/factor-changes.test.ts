import { describe, expect, test } from 'vitest'
import { listChanges } from '../../pwa/ui/account/factor-changes.ts'
import type { Authenticator } from '../../server/wire/security.ts'

const NO_DEVICE = { boundAt: 1, revokedAt: null, suspendedAt: null, codesLeft: null, app: null, key: null }
const app = (id: number): Authenticator => ({ ...NO_DEVICE, type: 'totp', app: { id, name: null } })
const key: Authenticator = {
  ...NO_DEVICE,
  type: 'webauthn',
  key: { id: 9, name: 'Blue key', isSynced: false, lastUsedAt: null },
}

describe('listChanges', () => {
  test('replaces the only app, and removes one of several', () => {
    expect(listChanges(app(1), [app(1), key])).toEqual(['suspend', 'replace-app'])
    expect(listChanges(app(1), [app(1), app(2)])).toEqual(['suspend', 'remove'])
  })

  test('takes back what is suspended, which is no other way in', () => {
    const lost = { ...app(2), suspendedAt: 1 }
    expect(listChanges(lost, [app(1), lost])).toEqual(['reactivate', 'remove'])
    expect(listChanges(app(1), [app(1), lost])).toEqual(['suspend', 'replace-app'])
  })

  test('removes a key', () => {
    expect(listChanges(key, [app(1), key])).toEqual(['suspend', 'remove'])
  })
})
