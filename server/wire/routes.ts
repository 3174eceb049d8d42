/** Every route: method, path, who may call it, and the schemas of what it takes and gives. */
import * as v from 'valibot'
import * as accounts from './account.ts'
import { captchaChallenge } from './captcha.ts'
import * as keyBackups from './key-backup.ts'
import * as log from './log.ts'
import * as prekeys from './prekey.ts'
import { accountId, seq, username } from './primitives.ts'
import * as security from './security.ts'
import * as webauthn from './webauthn.ts'

/** A decimal number in a path or a query. */
const decimal = (schema: v.GenericSchema<number, number>) =>
  v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,15})$/), v.transform(Number), schema)

const empty = v.strictObject({})
const contactPath = v.strictObject({ contact: decimal(accountId) })
const pageQuery = v.strictObject({
  after: decimal(seq),
  limit: v.optional(decimal(v.pipe(v.number(), v.minValue(1), v.maxValue(log.PAGE_MOST_ENTRIES)))),
})

/**
 * Who may call: anyone, a pre-session (token in the body, nobody signed in), a session, or a session in which both factors
 * were proved within five minutes; the last is refused with step_up_required and opened by `stepUp`.
 */
export type Access = 'anyone' | 'pre-session' | 'session' | 'stepped-up'

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly access: Access
  readonly summary: string
  readonly params: v.GenericSchema
  readonly query: v.GenericSchema
  /** Null for GET. */
  readonly body: v.GenericSchema | null
  /** Null for the live stream, whose events `stream.ts` defines. */
  readonly answer: v.GenericSchema | null
  readonly bodyMostBytes: number
  /** Also for a session that must change its password before anything else. */
  readonly isOpenToForcedChange?: true
}

const SMALL = 64 * 1024
/** Its ends of lines are two characters in JSON. */
const KEY_BACKUP = keyBackups.KEY_BACKUP_MOST_BYTES + SMALL
/** Escapes in JSON can double the bytes of an envelope's text; the limit on the entries themselves is the command's. */
const APPEND = 2 * log.APPEND_MOST_BYTES + SMALL

const get = { method: 'GET', params: empty, query: empty, body: null, bodyMostBytes: 0 } as const
const post = { method: 'POST', params: empty, query: empty, bodyMostBytes: SMALL } as const

export const routes = {
  health: {
    ...get,
    path: '/api/health',
    access: 'anyone',
    summary: 'Answers when the server and its database do.',
    answer: v.strictObject({ isReady: v.literal(true) }),
  },
  session: {
    ...get,
    path: '/api/session',
    access: 'anyone',
    summary: 'Who is signed in, and the token for bodies. Makes a pre-session when there is no session.',
    answer: accounts.session,
  },
  beginCaptcha: {
    ...post,
    path: '/api/captcha',
    access: 'pre-session',
    summary:
      'A picture to read, or work for the browser: for one answer, by this pre-session, within five minutes.',
    body: accounts.tokenBody,
    answer: captchaChallenge,
  },
  beginEnrolment: {
    ...post,
    path: '/api/enrolment/begin',
    access: 'pre-session',
    summary:
      'Name, password and the answer to a captcha; gives the secret for one-time codes. Nothing is signed in yet.',
    body: accounts.beginEnrolmentBody,
    answer: accounts.enrolmentSecret,
  },
  confirmEnrolment: {
    ...post,
    path: '/api/enrolment/confirm',
    access: 'pre-session',
    summary: 'Proof of one code; gives ten recovery codes, once.',
    body: accounts.confirmEnrolmentBody,
    answer: accounts.recoveryCodes,
  },
  activateEnrolment: {
    ...post,
    path: '/api/enrolment/activate',
    access: 'pre-session',
    summary: 'The codes are saved: the account becomes active and is signed in.',
    body: accounts.tokenBody,
    answer: accounts.session,
  },
  login: {
    ...post,
    path: '/api/login',
    access: 'pre-session',
    summary:
      'Password and second factor, judged together; after failures of a name or an address with a captcha.',
    body: accounts.loginBody,
    answer: accounts.session,
  },
  beginWebauthnLogin: {
    ...post,
    path: '/api/login/webauthn',
    access: 'pre-session',
    summary:
      'A challenge for a passkey or security key of a name; answers alike for names without any, and for unknown ones.',
    body: accounts.beginWebauthnLoginBody,
    answer: webauthn.webauthnRequest,
  },
  endSession: {
    ...post,
    path: '/api/session/end',
    access: 'session',
    summary: 'Logs out.',
    isOpenToForcedChange: true,
    body: accounts.tokenBody,
    answer: empty,
  },
  reportActivity: {
    ...post,
    path: '/api/session/activity',
    access: 'session',
    summary: 'The person did something: moves the idle limit.',
    body: accounts.activityBody,
    answer: accounts.session,
  },
  reauthenticate: {
    ...post,
    path: '/api/session/reauth',
    access: 'session',
    summary: 'The password again, before the session ends: begins its limits anew, under a new cookie.',
    body: accounts.reauthenticateBody,
    answer: accounts.session,
  },
  stepUp: {
    ...post,
    path: '/api/session/step-up',
    access: 'session',
    isOpenToForcedChange: true,
    summary: 'Both factors once more: renews the session, which may then change them for five minutes.',
    body: security.stepUpBody,
    answer: accounts.session,
  },
  beginWebauthnStepUp: {
    ...post,
    path: '/api/session/step-up/webauthn',
    access: 'session',
    isOpenToForcedChange: true,
    summary: 'A challenge for a passkey or security key of this account.',
    body: accounts.tokenBody,
    answer: webauthn.webauthnRequest,
  },
  sessions: {
    ...get,
    path: '/api/sessions',
    access: 'session',
    summary: 'Where this account is signed in.',
    answer: security.sessionList,
  },
  endOtherSession: {
    ...post,
    path: '/api/sessions/:session/end',
    access: 'stepped-up',
    summary: 'Ends one other session of this account.',
    params: v.strictObject({ session: decimal(accountId) }),
    body: accounts.tokenBody,
    answer: empty,
  },
  endOtherSessions: {
    ...post,
    path: '/api/sessions/end-others',
    access: 'stepped-up',
    summary: 'Ends all sessions of this account but this one.',
    body: accounts.tokenBody,
    answer: empty,
  },
  authenticators: {
    ...get,
    path: '/api/authenticators',
    access: 'session',
    summary: 'What this account signs in with, and what it signed in with before.',
    answer: security.authenticatorList,
  },
  securityEvents: {
    ...get,
    path: '/api/security-events',
    access: 'session',
    summary: 'What was last done to this account’s means of signing in.',
    answer: security.securityEventList,
  },
  changePassword: {
    ...post,
    path: '/api/password',
    access: 'stepped-up',
    isOpenToForcedChange: true,
    summary: 'Sets a new password and ends all other sessions.',
    body: security.changePasswordBody,
    answer: empty,
  },
  makeRecoveryCodes: {
    ...post,
    path: '/api/recovery-codes',
    access: 'stepped-up',
    summary: 'Gives ten new recovery codes, once; revokes the list before and ends all other sessions.',
    body: accounts.tokenBody,
    answer: accounts.recoveryCodes,
  },
  beginTotp: {
    ...post,
    path: '/api/totp/begin',
    access: 'stepped-up',
    summary: 'Gives a new secret for one-time codes. Nothing changes until a code of it is proved.',
    body: accounts.tokenBody,
    answer: security.newTotp,
  },
  confirmTotp: {
    ...post,
    path: '/api/totp/confirm',
    access: 'stepped-up',
    summary:
      'Proof of one code of the new secret: adds the app, or puts it in the place of another; ends all other sessions.',
    body: security.confirmTotpBody,
    answer: empty,
  },
  removeTotp: {
    ...post,
    path: '/api/totp/:app/remove',
    access: 'stepped-up',
    summary: 'Revokes an authenticator app of this account, but not the only one; ends all other sessions.',
    params: v.strictObject({ app: decimal(accountId) }),
    body: accounts.tokenBody,
    answer: empty,
  },
  beginWebauthn: {
    ...post,
    path: '/api/webauthn/begin',
    access: 'stepped-up',
    summary: 'A challenge for a new passkey or security key.',
    body: accounts.tokenBody,
    answer: webauthn.webauthnCreation,
  },
  confirmWebauthn: {
    ...post,
    path: '/api/webauthn/confirm',
    access: 'stepped-up',
    summary: 'Binds the key that answered the challenge, under a name; ends all other sessions.',
    body: security.confirmWebauthnBody,
    answer: empty,
  },
  removeWebauthn: {
    ...post,
    path: '/api/webauthn/:key/remove',
    access: 'stepped-up',
    summary: 'Revokes a passkey or security key of this account; ends all other sessions.',
    params: v.strictObject({ key: decimal(accountId) }),
    body: accounts.tokenBody,
    answer: empty,
  },
  suspendAuthenticator: {
    ...post,
    path: '/api/authenticators/:authenticator/suspend',
    access: 'session',
    summary: 'Reports an app or key as lost: it signs in no more, and all other sessions end.',
    params: v.strictObject({ authenticator: decimal(accountId) }),
    body: accounts.tokenBody,
    answer: empty,
  },
  reactivateAuthenticator: {
    ...post,
    path: '/api/authenticators/:authenticator/reactivate',
    access: 'stepped-up',
    summary: 'An app or key that was reported as lost signs in again; all other sessions end.',
    params: v.strictObject({ authenticator: decimal(accountId) }),
    body: accounts.tokenBody,
    answer: empty,
  },
  reportLoss: {
    ...post,
    path: '/api/recovery/loss',
    access: 'pre-session',
    summary:
      'By the password alone suspends all apps and keys and ends all sessions, if recovery codes are left. Answers alike if it is wrong.',
    body: security.reportLossBody,
    answer: empty,
  },
  recoverPassword: {
    ...post,
    path: '/api/recovery/password',
    access: 'pre-session',
    summary: 'Sets a new password by one-time code and recovery code; ends all sessions and signs nobody in.',
    body: security.recoverPasswordBody,
    answer: empty,
  },
  deleteAccount: {
    ...post,
    path: '/api/account/delete',
    access: 'stepped-up',
    summary: 'Deletes the account. Its name is never given again; the log keeps its sealed entries.',
    body: security.deleteAccountBody,
    answer: empty,
  },
  findAccount: {
    ...get,
    path: '/api/accounts/by-name/:username',
    access: 'session',
    summary: 'An account by its exact username, with its identity key.',
    params: v.strictObject({ username }),
    answer: accounts.contactRecord,
  },
  account: {
    ...get,
    path: '/api/accounts/:contact',
    access: 'session',
    summary: 'An account by its id, with its identity key.',
    params: contactPath,
    answer: accounts.contactRecord,
  },
  ownIdentity: {
    ...get,
    path: '/api/identity',
    access: 'session',
    summary: 'The identity key this account has published.',
    answer: accounts.ownIdentity,
  },
  publishIdentity: {
    ...post,
    path: '/api/identity',
    access: 'session',
    summary: 'Publishes an identity key, by compare and swap.',
    body: accounts.publishIdentityBody,
    answer: accounts.ownIdentity,
  },
  prekeyStock: {
    ...get,
    path: '/api/prekeys',
    access: 'session',
    summary: 'How many one-time prekeys of this account are left.',
    answer: prekeys.prekeyStock,
  },
  publishPrekeys: {
    ...post,
    path: '/api/prekeys',
    access: 'session',
    summary: 'Adds one-time prekeys to the stock of the published identity.',
    body: prekeys.publishPrekeysBody,
    answer: prekeys.prekeyStock,
  },
  drawPrekey: {
    ...post,
    path: '/api/accounts/:contact/prekey',
    access: 'session',
    summary: 'Hands out one prekey of another account, each once.',
    params: contactPath,
    body: accounts.tokenBody,
    answer: prekeys.drawnPrekey,
  },
  keyBackupState: {
    ...get,
    path: '/api/key-backup/state',
    access: 'session',
    summary: 'Whether a key backup is kept, and since when.',
    answer: keyBackups.keyBackupState,
  },
  keyBackup: {
    ...get,
    path: '/api/key-backup',
    access: 'session',
    summary: 'The key backup of this account, which the server cannot read.',
    answer: keyBackups.keyBackup,
  },
  storeKeyBackup: {
    ...post,
    path: '/api/key-backup',
    access: 'session',
    summary: 'Keeps a key backup in the place of the one that its writer knows.',
    body: keyBackups.storeKeyBackupBody,
    answer: keyBackups.keyBackupState,
    bodyMostBytes: KEY_BACKUP,
  },
  removeKeyBackup: {
    ...post,
    path: '/api/key-backup/remove',
    access: 'session',
    summary: 'Forgets the key backup of this account.',
    body: accounts.tokenBody,
    answer: empty,
  },
  beginRun: {
    ...post,
    path: '/api/run',
    access: 'session',
    summary: 'Swaps the run token of an install and returns the marks.',
    body: accounts.beginRunBody,
    answer: accounts.runRecord,
  },
  conversations: {
    ...get,
    path: '/api/conversations',
    access: 'session',
    summary: 'All conversations of this account.',
    answer: log.conversationList,
  },
  append: {
    ...post,
    path: '/api/conversations/:contact/entries',
    access: 'session',
    summary: 'Appends up to 100 entries; the same entry id is one entry for ever.',
    params: contactPath,
    body: log.appendBody,
    answer: log.appendAnswer,
    bodyMostBytes: APPEND,
  },
  pull: {
    ...get,
    path: '/api/conversations/:contact/entries',
    access: 'session',
    summary: 'The page of entries after a cursor.',
    params: contactPath,
    query: pageQuery,
    answer: log.logPage,
  },
  applied: {
    ...post,
    path: '/api/conversations/:contact/applied',
    access: 'session',
    summary: 'How far this browser has applied the log.',
    params: contactPath,
    body: log.appliedBody,
    answer: empty,
  },
  stream: {
    ...get,
    path: '/api/stream',
    access: 'session',
    summary: 'Live events, as server-sent events.',
    answer: null,
  },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes
export type Routes = typeof routes
export type ParamsOf<N extends RouteName> = v.InferOutput<Routes[N]['params']>
export type QueryOf<N extends RouteName> = v.InferOutput<Routes[N]['query']>
export type BodyOf<N extends RouteName> = Routes[N]['body'] extends v.GenericSchema
  ? v.InferOutput<Routes[N]['body']>
  : null
export type AnswerOf<N extends RouteName> = Routes[N]['answer'] extends v.GenericSchema
  ? v.InferOutput<Routes[N]['answer']>
  : null
