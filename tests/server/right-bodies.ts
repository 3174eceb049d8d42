import { message, newKeySet, randomText } from '../contracts/entries.ts'
import type { RouteName } from '../../server/wire/routes.ts'
import type { Body } from './visitor.ts'

/** A body for each route that takes one, right in everything but that its time or place may be wrong. */
export const rightBodies = {
  beginCaptcha: {},
  beginEnrolment: {
    username: 'somebody',
    password: 'long enough',
    captcha: { type: 'picture', text: 'AAAAAA' },
  },
  confirmEnrolment: { code: '000000' },
  activateEnrolment: {},
  login: { username: 'somebody', password: 'long enough', second: { type: 'totp', value: '000000' } },
  beginWebauthnLogin: { username: 'somebody' },
  endSession: {},
  reauthenticate: { password: 'not the password' },
  stepUp: { password: 'long enough', second: { type: 'totp', value: '000000' } },
  beginWebauthnStepUp: {},
  endOtherSession: {},
  endOtherSessions: {},
  changePassword: { password: 'short' },
  makeRecoveryCodes: {},
  beginTotp: {},
  confirmTotp: { name: 'Old phone', code: '000000', replaces: 1 },
  removeTotp: {},
  suspendAuthenticator: {},
  reactivateAuthenticator: {},
  reportLoss: { username: 'somebody', password: 'long enough' },
  recoverPassword: {
    username: 'somebody',
    password: 'long enough',
    code: '000000',
    recoveryCode: '0'.repeat(26),
  },
  beginWebauthn: {},
  confirmWebauthn: {
    name: 'Blue key',
    key: { credential: randomText(32), clientData: randomText(100), attestation: randomText(200) },
  },
  removeWebauthn: {},
  deleteAccount: { username: 'somebody' },
  reportActivity: { active: true },
  storeKeyBackup: { text: 'letterlock key backup', replaces: 1 },
  removeKeyBackup: {},
  publishIdentity: { identity: randomText(97), replaces: null },
  publishPrekeys: {
    identity: randomText(97),
    prekeys: [{ id: randomText(16), key: randomText(97) }],
    isWholeStock: false,
  },
  drawPrekey: {},
  beginRun: { install: randomText(16), previous: [], next: randomText(16) },
  append: { entries: [message(newKeySet(), 1)] },
  applied: { seq: 0 },
} satisfies Partial<Record<RouteName, Body>>
export type BodyRoute = keyof typeof rightBodies
